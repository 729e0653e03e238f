// English, Italian and Portuguese: what a person reads, and what changing it leaves alone.

import type { Page } from '@playwright/test';

import { expect, test } from '../support/test.ts';

/** The narrowest window that the page is made for, in pixels. */
const NARROWEST = 320;

async function expectNothingTooWide(page: Page): Promise<void> {
  const wide = await page.evaluate(() => {
    const parts = [...document.querySelectorAll('*')].filter((part) => part.getBoundingClientRect().right > window.innerWidth + 1);
    return document.documentElement.scrollWidth > window.innerWidth ? parts.map((part) => part.className.toString()).slice(0, 3) : [];
  });
  expect(wide).toEqual([]);
}

test('an Italian browser shows a share in Italian from the door to its end', async ({ person, handset }) => {
  const phone = await handset('nonna', 'nokia-6680');
  const { client } = await person('anna', { locale: 'it-IT' });
  const page = client.page;
  await expect(page.locator('html')).toHaveAttribute('lang', 'it');
  await expect(client.part('registration-state')).toContainText('Tutto pronto');
  // And so what the browser would install.
  const browser = await page.context().newCDPSession(page);
  const { data } = await browser.send('Page.getAppManifest');
  expect(JSON.parse(data!)).toMatchObject({ lang: 'it', shortcuts: [{ name: 'Persone' }, { name: 'Io' }] });

  await client.openSlot(phone.number);
  await expect(client.part('send-button')).toHaveText('Mostra a nonna');
  await client.part('send-button').click();
  await client.expectBanner('live');
  await expect(client.banner).toContainText('In diretta per nonna');
  await expect(page).toHaveTitle(/In diretta per nonna/);
  await expect(client.part('announcer')).toHaveText('In diretta. nonna vede la tua fotocamera.');
  await expect(client.part('roster-said')).toHaveText('Guarda una persona');

  await client.part('stop-button').click();
  await expect(client.part('ended-cause')).toContainText('Hai interrotto');
  await expect(page.locator('body')).not.toContainText(/\b(the|your|camera|you|stopped)\b/i);
});

test('another language in the middle of a share leaves the share alone', async ({ person, handset }) => {
  const phone = await handset('old-phone', 'nokia-6680');
  const { client } = await person('anna');
  await client.share(phone.number);
  await client.expectBanner('live');
  await phone.until('sees pictures', ({ receive }) => (receive.pattern?.right ?? 0) > 10, 20_000);

  await client.part('details-open').click();
  await client.part('language').selectOption('pt-PT');
  await expect(client.banner).toContainText('Em direto para old-phone');
  await expect(client.page.locator('html')).toHaveAttribute('lang', 'pt-PT');
  await expect(client.part('language')).toBeFocused();
  const { receive, call } = await phone.status();
  const seen = receive.pattern?.right ?? 0;
  const later = await phone.until('still sees pictures', (now) => (now.receive.pattern?.right ?? 0) > seen + 10, 20_000);
  expect(later.call?.id).toBe(call?.id);

  await client.page.reload();
  await expect(client.part('sign-in-submit')).toHaveText('Iniciar sessão');
});

test('the longest language fits into the narrowest window', async ({ gateway, visitor }) => {
  const [ben, anna] = [await gateway.addAccount('ben'), await gateway.addAccount('anna')];
  const client = await visitor({ locale: 'pt-PT' });
  await client.page.setViewportSize({ width: NARROWEST, height: 640 });
  await expect(client.part('sign-in-submit')).toHaveText('Iniciar sessão');
  await expectNothingTooWide(client.page);
  await client.signIn(anna);
  await client.part('place-me').click();
  await expect(client.part('language')).toBeVisible();
  await expectNothingTooWide(client.page);
  await client.part('place-people').click();
  await expectNothingTooWide(client.page);
  await client.openSlot(ben.number);
  await expect(client.part('preview-video')).toBeVisible();
  await expectNothingTooWide(client.page);
});

test('a language that does not come is told, and the page stays as it is', async ({ visitor }) => {
  const client = await visitor({ mayComplain: /Failed to load resource/ });
  await client.page.route('**/words/*', (route) => route.abort());
  await client.part('language').selectOption('it');
  await expect(client.part('language-problem')).toContainText('could not be fetched');
  await expect(client.part('language')).toHaveValue('auto');
  await expect(client.part('sign-in-submit')).toHaveText('Sign in');

  await client.page.unroute('**/words/*');
  await client.part('language').selectOption('it');
  await expect(client.part('sign-in-submit')).toHaveText('Accedi');
});
