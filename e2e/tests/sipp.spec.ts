// Against SIPp as caller and callee over UDP; FFmpeg is the other encoder, packetizer and decoder.

import { QCIF, qcifFilm, readPictures } from '../peers/film.ts';
import { answeredPort, receiveFilm, sendFilm, sipp } from '../peers/sipp.ts';
import { score, watch } from '../support/pictures.ts';
import { freeRtpPorts, freeUdpPort } from '../support/ports.ts';
import { expect, test } from '../support/test.ts';

const GOOD_DB = 25;

test('SIPp calls the page, and FFmpeg’s H.263 is seen', async ({ gateway, person }) => {
  const account = await gateway.addAccount('caller');
  const anna = await person('anna');
  const film = await qcifFilm(gateway.folder);
  const videoPort = await freeRtpPorts();
  const port = await freeUdpPort();
  const registration = sipp('register', { gateway, account, port });
  expect(await registration.ended(), registration.log()).toBe(0);
  const keys = { number: anna.account.number, video_port: videoPort };
  const caller = sipp('caller', { gateway, account, port, keys });
  await anna.client.part('incoming-watch').click();
  const sender = sendFilm(film, videoPort, await answeredPort(gateway));
  try {
    const seen = await score(await watch(anna.client.stage, 40), QCIF);
    expect(seen.right).toBeGreaterThanOrEqual(30);
    expect(seen.psnrDb).toBeGreaterThanOrEqual(GOOD_DB);
    await anna.client.part('watch-stop').click();
    expect(await caller.ended(), caller.log()).toBe(0);
  } finally {
    await sender.stop();
    await caller.stop();
  }
});

test('the page calls SIPp, and FFmpeg decodes the H.263', async ({ gateway, person }) => {
  const account = await gateway.addAccount('callee');
  const port = await freeUdpPort();
  const registration = sipp('register', { gateway, account, port });
  expect(await registration.ended(), registration.log()).toBe(0);
  const videoPort = await freeRtpPorts();
  const callee = sipp('callee', { gateway, account, port, keys: { video_port: videoPort } });
  const receiver = await receiveFilm(gateway.folder, videoPort, 40);
  try {
    const { client } = await person('anna');
    await client.share(account.number);
    await client.expectBanner('live');
    expect(await receiver.program.ended(), receiver.program.log()).toBe(0);
    const seen = await score(await readPictures(receiver.file, 176, 144), '640x480');
    expect(seen.right).toBeGreaterThanOrEqual(30);
    expect(seen.psnrDb).toBeGreaterThanOrEqual(GOOD_DB);
    await client.part('stop-button').click();
    expect(await callee.ended(), callee.log()).toBe(0);
    await client.expectCameraOff();
  } finally {
    await receiver.program.stop();
    await callee.stop();
  }
});
