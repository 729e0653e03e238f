// Nothing on the way through a share stands in anybody's way: axe in each state and both themes, a keyboard alone, twice the text.

import { barriers } from '../support/axe.ts';
import type { ClientPage } from '../support/page.ts';
import { expect, test } from '../support/test.ts';

async function expectNoBarriers(client: ClientPage, where: string): Promise<void> {
  for (const colorScheme of ['light', 'dark'] as const) {
    await client.page.emulateMedia({ colorScheme, reducedMotion: 'reduce' });
    expect(await barriers(client.page), `${where}, ${colorScheme}`).toEqual([]);
  }
}

test('from signing in to the end of a share, axe finds nothing', async ({ gateway, visitor, handset }) => {
  const phone = await handset('phone', 'nokia-6680', 'ring');
  const client = await visitor();
  await expect(client.part('sign-in-name')).toBeVisible();
  await expectNoBarriers(client, 'signed out');
  await client.signIn(await gateway.addAccount('anna'));
  await expectNoBarriers(client, 'people');
  await client.openSlot(phone.number);
  await expect(client.part('preview-video')).toBeVisible();
  await expectNoBarriers(client, 'own preview');
  await client.part('send-button').click();
  await client.expectBanner('ringing');
  await expectNoBarriers(client, 'ringing');
  await phone.answer();
  await client.expectBanner('live');
  await expectNoBarriers(client, 'live');
  await phone.end();
  await client.expectEnded('ended-by-them');
  await expectNoBarriers(client, 'ended');
});

test('from a question to a watched picture, axe finds nothing', async ({ person, handset }) => {
  const phone = await handset('phone', 'nokia-6680');
  const { client, account } = await person('anna');
  await phone.share(account.number);
  await expect(client.part('incoming-card')).toBeVisible();
  await expectNoBarriers(client, 'incoming');
  await client.part('incoming-watch').click();
  await expect(client.stage).toBeVisible();
  await expectNoBarriers(client, 'watching');
});

test('a whole share with a keyboard alone, in half of a small window', async ({ gateway, visitor, handset }) => {
  const phone = await handset('phone', 'nokia-6680');
  const client = await visitor();
  const { page } = client;
  // What a window of 640 px shows at 200 %.
  await page.setViewportSize({ width: 320, height: 480 });
  const account = await gateway.addAccount('anna');
  await tabTo(client, 'sign-in-name');
  await page.keyboard.type(account.name);
  await tabTo(client, 'sign-in-password');
  await page.keyboard.type(account.password);
  await page.keyboard.press('Enter');
  await client.expectRegistered();
  await tabTo(client, `contact-${phone.number}`);
  await page.keyboard.press('Enter');
  await tabTo(client, 'share-button');
  await page.keyboard.press('Enter');
  await tabTo(client, 'slot');
  await page.keyboard.press('Space');
  await expect(client.part('preview-video')).toBeVisible();
  await tabTo(client, 'send-button');
  await page.keyboard.press('Enter');
  await client.expectBanner('live');
  await phone.until('shows pictures', ({ receive }) => receive.frames > 0);
  await page.keyboard.press('Escape');
  await client.expectCameraOff();
  await phone.until('hears of the end', ({ call }) => call === null);
});

/** Moves the focus by Tab until it is there, and sees that it is shown and in the window. */
async function tabTo(client: ClientPage, id: string): Promise<void> {
  const part = client.part(id);
  await expect(part).toBeVisible();
  const focused = () => client.page.evaluate(() => document.activeElement?.getAttribute('data-testid'));
  for (let presses = 0; presses < 60 && (await focused()) !== id; presses += 1) await client.page.keyboard.press('Tab');
  expect(await focused(), 'what has the focus').toBe(id);
  await expect(part, 'what has the focus is seen').toBeInViewport();
}
