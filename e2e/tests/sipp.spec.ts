// Pictures against SIPp as caller and callee over UDP; FFmpeg and GStreamer are the other encoders, packetizers and decoders.

import { stat } from 'node:fs/promises';

import { QCIF, qcifFilm, readPictures, receiveFilm, sendFilm } from '../peers/film.ts';
import { decoded, gstreamerReceives, gstreamerSends } from '../peers/gstreamer.ts';
import { score, watch } from '../support/pictures.ts';
import { freeRtpPorts } from '../support/ports.ts';
import { expect, test } from '../support/test.ts';
import { until } from '../support/until.ts';

const GOOD_DB = 25;

const SENDERS: [string, typeof gstreamerSends][] = [
  ['FFmpeg’s', async (film, _folder, from, to) => sendFilm(film, from, to)],
  ['GStreamer’s', gstreamerSends],
];
for (const [whose, sends] of SENDERS) {
  test(`SIPp calls the page, and ${whose} H.263 is seen`, async ({ gateway, person, sippPhone }) => {
    const anna = await person('anna');
    const film = await qcifFilm(gateway.folder);
    const videoPort = await freeRtpPorts();
    const phone = await sippPhone('caller');
    const call = await phone.run('shares-a-film', { keys: { number: anna.account.number, video_port: videoPort } });
    await anna.client.part('incoming-watch').click();
    const port = Number(await call.logged('the answered port', /answered port ([1-9][0-9]*)/));
    const sender = await sends(film, gateway.folder, videoPort, port);
    try {
      const seen = await score(await watch(anna.client.stage, 40), QCIF);
      expect(seen.right, sender.log()).toBeGreaterThanOrEqual(30);
      expect(seen.psnrDb).toBeGreaterThanOrEqual(GOOD_DB);
      await anna.client.part('watch-stop').click();
      await call.succeeds();
    } finally {
      await sender.stop();
    }
    await gateway.expectNoCallLeft();
  });
}

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

test('the page calls SIPp, and GStreamer takes the H.263 apart', async ({ gateway, person, sippPhone }) => {
  const phone = await sippPhone('callee');
  const videoPort = await freeRtpPorts();
  const call = await phone.listen('watches-a-film', { calls: 2, keys: { video_port: videoPort } });
  const { client } = await person('anna');
  const receiver = await gstreamerReceives(gateway.folder, videoPort);
  try {
    await client.share(phone.number);
    await client.expectBanner('live');
    const size = () => stat(receiver.file).then((file) => file.size, () => 0);
    await until('three seconds of pictures have come', async () => (await size()) > 20_000, 20_000);
    const seen = await score(await readPictures(await decoded(receiver.file), 176, 144), '640x480');
    expect(seen.right).toBeGreaterThanOrEqual(20);
    expect(seen.psnrDb).toBeGreaterThanOrEqual(GOOD_DB);
    await client.part('stop-button').click();
    await call.succeeds(2);
  } finally {
    await receiver.program.stop();
  }
  await gateway.expectNoCallLeft();
});
