// Media that others made: GStreamer's packets beside SIPp's signalling, and baresip's AMR.

import { stat } from 'node:fs/promises';

import { Baresip } from '../peers/baresip.ts';
import { QCIF, qcifFilm, readPictures } from '../peers/film.ts';
import { decoded, gstreamerReceives, gstreamerSends } from '../peers/gstreamer.ts';
import { score, watch } from '../support/pictures.ts';
import { freeRtpPorts } from '../support/ports.ts';
import { expect, test } from '../support/test.ts';
import { until } from '../support/until.ts';

const GOOD_DB = 25;
/** Of baresip's own generator, far from the beep of the browser's fake microphone. */
const TONE = 440;

test('SIPp calls the page, and GStreamer’s H.263 is seen', async ({ gateway, person, sippPhone }) => {
  const anna = await person('anna');
  const film = await qcifFilm(gateway.folder);
  const videoPort = await freeRtpPorts();
  const phone = await sippPhone('caller');
  const call = await phone.run('shares-a-film', { keys: { number: anna.account.number, video_port: videoPort } });
  await anna.client.part('incoming-watch').click();
  const port = Number(await call.logged('the answered port', /answered port ([1-9][0-9]*)/));
  const sender = await gstreamerSends(film, gateway.folder, videoPort, port);
  try {
    const seen = await score(await watch(anna.client.stage, 40), QCIF);
    expect(seen.right, sender.log()).toBeGreaterThanOrEqual(30);
    expect(seen.psnrDb).toBeGreaterThanOrEqual(GOOD_DB);
    await anna.client.part('watch-stop').click();
    await call.succeeds();
  } finally {
    await sender.stop();
  }
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
});

test('the page and baresip hear each other by AMR (R4.1)', async ({ gateway, person }) => {
  const account = await gateway.addAccount('baresip');
  const phone = await Baresip.start(gateway, account, 'H263', { audio: 'AMR' });
  try {
    const { client } = await person('anna', { permissions: ['camera', 'microphone'] });
    await client.call(account.number);
    await client.expectVoice('connected');
    await client.expectTone(TONE);
    await until('baresip has heard the page', () => phone.heard().then((rms) => rms > 100), 20_000);
    expect(phone.log()).toMatch(/AMR/);
    await client.part('voice-hang-up').click();
    await phone.event('CALL_CLOSED');
  } finally {
    await test.info().attach('baresip.log', { body: phone.log() });
    await phone.stop();
  }
});
