// Against baresip, in both directions and in both codecs it shares with old handsets; and its voice.

import { Baresip, type BaresipCodec } from '../peers/baresip.ts';
import { QCIF, qcifFilm } from '../peers/film.ts';
import { score, watch } from '../support/pictures.ts';
import { expect, test } from '../support/test.ts';
import { until } from '../support/until.ts';

const GOOD_DB = 25;
/** Of baresip's own generator, far from the beep of the browser's fake microphone. */
const TONE = 440;

for (const codec of ['H263', 'H264'] satisfies BaresipCodec[]) {
  test(`a camera reaches baresip by ${codec}`, async ({ gateway, person }) => {
    const account = await gateway.addAccount('baresip');
    const phone = await Baresip.start(gateway, account, codec);
    try {
      const { client } = await person('anna');
      await client.share(account.number);
      await client.expectBanner('live');
      await phone.event('CALL_ESTABLISHED');
      // Three pictures that are right and different: it goes on decoding.
      const counters = new Set<number>();
      await until('baresip shows three right pictures', async () => {
        const seen = await score([await phone.picture()], '640x480');
        if (seen.psnrDb >= GOOD_DB) counters.add(seen.counters[0]!);
        return counters.size >= 3;
      }, 25_000);
      await client.part('stop-button').click();
      await phone.event('CALL_CLOSED');
      await client.expectCameraOff();
    } finally {
      await test.info().attach('baresip.log', { body: phone.log() });
      await phone.stop();
    }
  });

  test(`baresip reaches the page by ${codec}`, async ({ gateway, person }) => {
    const account = await gateway.addAccount('baresip');
    const phone = await Baresip.start(gateway, account, codec, { film: await qcifFilm(gateway.folder) });
    try {
      const anna = await person('anna');
      phone.dial(anna.account.number, gateway.domain);
      await anna.client.part('incoming-watch').click();
      await phone.event('CALL_ESTABLISHED');
      const seen = await score(await watch(anna.client.stage, 40), QCIF);
      expect(seen.right).toBeGreaterThanOrEqual(30);
      expect(seen.psnrDb).toBeGreaterThanOrEqual(GOOD_DB);
      phone.hangUp();
      await anna.client.expectEnded('ended-by-them');
    } finally {
      await test.info().attach('baresip.log', { body: phone.log() });
      await phone.stop();
    }
  });
}

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
