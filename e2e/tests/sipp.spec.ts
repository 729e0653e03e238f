// Pictures against SIPp as caller and callee over UDP; FFmpeg is the other encoder, packetizer and decoder.

import { QCIF, qcifFilm, readPictures, receiveFilm, sendFilm } from '../peers/film.ts';
import { score, watch } from '../support/pictures.ts';
import { freeRtpPorts } from '../support/ports.ts';
import { expect, test } from '../support/test.ts';

const GOOD_DB = 25;

test('SIPp calls the page, and FFmpeg’s H.263 is seen', async ({ gateway, person, sippPhone }) => {
  const anna = await person('anna');
  const film = await qcifFilm(gateway.folder);
  const videoPort = await freeRtpPorts();
  const phone = await sippPhone('caller');
  const call = await phone.run('shares-a-film', { keys: { number: anna.account.number, video_port: videoPort } });
  await anna.client.part('incoming-watch').click();
  const port = Number(await call.logged('the answered port', /answered port ([1-9][0-9]*)/));
  const sender = sendFilm(film, videoPort, port);
  try {
    const seen = await score(await watch(anna.client.stage, 40), QCIF);
    expect(seen.right).toBeGreaterThanOrEqual(30);
    expect(seen.psnrDb).toBeGreaterThanOrEqual(GOOD_DB);
    await anna.client.part('watch-stop').click();
    await call.succeeds();
  } finally {
    await sender.stop();
  }
  await gateway.expectNoCallLeft();
});

test('the page calls SIPp, and FFmpeg decodes the H.263', async ({ gateway, person, sippPhone }) => {
  const phone = await sippPhone('callee');
  const videoPort = await freeRtpPorts();
  const call = await phone.listen('watches-a-film', { calls: 2, keys: { video_port: videoPort } });
  const { client } = await person('anna');
  // FFmpeg waits 10 s for a first packet: it starts when everything else is ready.
  const receiver = await receiveFilm(gateway.folder, videoPort, 40);
  try {
    await client.share(phone.number);
    await client.expectBanner('live');
    expect(await receiver.program.ended(), receiver.program.log()).toBe(0);
    const seen = await score(await readPictures(receiver.file, 176, 144), '640x480');
    expect(seen.right).toBeGreaterThanOrEqual(30);
    expect(seen.psnrDb).toBeGreaterThanOrEqual(GOOD_DB);
    await client.part('stop-button').click();
    await call.succeeds(2);
    await client.expectCameraOff();
  } finally {
    await receiver.program.stop();
  }
  await gateway.expectNoCallLeft();
});
