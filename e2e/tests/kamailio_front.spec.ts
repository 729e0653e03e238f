// Kamailio is the registrar and proxy of everybody; the gateway is its edge for browsers (RFC 3327, RFC 3608).

import { QCIF } from '../peers/film.ts';
import { expect, test } from '../support/kamailio.ts';
import { score, watch } from '../support/pictures.ts';

const ENOUGH = 10;
const GOOD_DB = 25;

for (const between of ['udp', 'tcp'] as const) {
  test.describe(`by ${between}`, () => {
    test.use({ between });

    test('a browser registers at Kamailio through us and calls a handset there', async ({ gateway, kamailio, farJssip, farHandset }) => {
      const phone = await farHandset('far');
      const page = await farJssip('anna', 'gateway');
      await page.call(kamailio.address('far'));
      await page.until('is answered', ({ call }) => call === 'active');
      const { receive } = await phone.until('sees right pictures', ({ receive }) => (receive.pattern?.right ?? 0) >= ENOUGH, 30_000);
      expect(receive.pattern!.psnr_db_mean).toBeGreaterThanOrEqual(GOOD_DB);
      await phone.end();
      expect((await page.until('is hung up on', ({ ended }) => ended)).ended?.by).toBe('remote');
      await gateway.expectNoCallLeft();
    });

    test('a handset at Kamailio calls a browser registered there through us', async ({ gateway, kamailio, farJssip, farHandset }) => {
      const phone = await farHandset('far');
      const page = await farJssip('anna', 'gateway');
      await phone.share(kamailio.address('anna'));
      await page.until('is called', ({ call }) => call === 'incoming');
      await page.answer();
      const seen = await score(await watch(page.video, ENOUGH + 5), QCIF);
      expect(seen.right).toBeGreaterThanOrEqual(ENOUGH);
      expect(seen.psnrDb).toBeGreaterThanOrEqual(GOOD_DB);
      await page.hangUp();
      const { last_end } = await phone.until('is free again', ({ call }) => call === null);
      expect(last_end?.by).toBe('peer');
      await gateway.expectNoCallLeft();
    });
  });
}
