// The gateway is the registrar of its own users; Kamailio, behind it as `[core]`, has the others.

import { QCIF, qcifFilm } from '../peers/film.ts';
import { expect, test } from '../support/kamailio.ts';
import { score, watch } from '../support/pictures.ts';

const ENOUGH = 10;
const GOOD_DB = 25;

for (const between of ['udp', 'tcp'] as const) {
  test.describe(`by ${between}`, () => {
    test.use({ between });

    test('a page of ours calls a handset of Kamailio’s', async ({ kamailio, jssip, farHandset }) => {
      const phone = await farHandset('far');
      const page = await jssip('anna');
      await page.call(kamailio.address('far'));
      await page.until('is answered', ({ call }) => call === 'active');
      const { receive, call } = await phone.until('sees right pictures', ({ receive }) => (receive.pattern?.right ?? 0) >= ENOUGH, 30_000);
      expect(receive.pattern!.psnr_db_mean).toBeGreaterThanOrEqual(GOOD_DB);
      expect(call?.peer).toContain(page.account.number);
      await page.hangUp();
      const { last_end } = await phone.until('is free again', ({ call }) => call === null);
      expect(last_end?.by).toBe('peer');
    });

    test('a handset of Kamailio’s calls our client', async ({ gateway, person, farHandset }) => {
      const phone = await farHandset('far');
      const { client, account } = await person('anna');
      await phone.share(`sip:${account.name}@${gateway.domain}`);
      await expect(client.part('incoming-name')).toContainText('far');
      await client.part('incoming-watch').click();
      const seen = await score(await watch(client.stage, ENOUGH + 5), QCIF);
      expect(seen.right).toBeGreaterThanOrEqual(ENOUGH);
      expect(seen.psnrDb).toBeGreaterThanOrEqual(GOOD_DB);
      await phone.end();
      await client.expectEnded('ended-by-them');
    });
  });
}

test('baresip behind Kamailio calls our client', async ({ gateway, person, farBaresip }) => {
  const phone = await farBaresip('far', await qcifFilm(gateway.folder));
  const { client, account } = await person('anna');
  phone.dial(account.name, gateway.domain);
  await client.part('incoming-watch').click();
  await phone.event('CALL_ESTABLISHED');
  const seen = await score(await watch(client.stage, ENOUGH + 5), QCIF);
  expect(seen.right).toBeGreaterThanOrEqual(ENOUGH);
  expect(seen.psnrDb).toBeGreaterThanOrEqual(GOOD_DB);
  phone.hangUp();
  await client.expectEnded('ended-by-them');
  await gateway.expectNoCallLeft();
});

test('a user of Kamailio’s own WebSocket calls a handset of ours', async ({ gateway, handset, farJssip }) => {
  const phone = await handset('near', 'nokia-6680');
  const page = await farJssip('far', 'kamailio');
  await page.call(`sip:near@${gateway.domain}`);
  await page.until('is answered', ({ call }) => call === 'active');
  await phone.until('sees right pictures', ({ receive }) => (receive.pattern?.right ?? 0) >= ENOUGH, 30_000);
  await page.hangUp();
  await phone.until('is free again', ({ call }) => call === null);
  await gateway.expectNoCallLeft();
});
