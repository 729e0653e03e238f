// The pictures that the documents show: taken from what runs, never drawn.

import { join } from 'node:path';

import { given } from '../support/environment.ts';
import { expect, test } from '../support/test.ts';

test('a share on a desktop, and what the handset shows', async ({ gateway, person, handset, filming }) => {
  const phone = await handset('Nokia 6680', 'nokia-6680');
  for (const name of ['Garden', 'Kitchen', 'Workshop']) await gateway.addAccount(name);
  const { client } = await person('Desk');
  await client.share(phone.number);
  await client.expectBanner('live');
  await phone.until('sees pictures', ({ receive }) => (receive.pattern?.right ?? 0) >= 30, 30_000);
  await expect(client.part('quality-line')).not.toHaveAttribute('data-limited', 'measuring', { timeout: 15_000 });
  await client.page.screenshot({ path: picture('live.png') });

  const screen = await filming.newPage({ viewport: { width: 420, height: 640 } });
  await screen.goto(phone.url);
  await expect(screen.locator('body')).toContainText(/\d/);
  await screen.screenshot({ path: picture('handset.png') });
  await screen.close();
});

test('a call arrives on a phone', async ({ person, handset }) => {
  const phone = await handset('Nokia 6680', 'nokia-6680');
  const { client, account } = await person('Desk');
  await client.page.setViewportSize({ width: 390, height: 780 });
  await client.page.emulateMedia({ colorScheme: 'dark' });
  await phone.share(account.number);
  await expect(client.part('incoming-card')).toBeVisible();
  await client.page.screenshot({ path: picture('incoming.png') });
});

function picture(name: string): string {
  return join(given('SIDECAM_REPORT'), name);
}
