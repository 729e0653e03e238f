// A person tests their connection by a real call to the gateway's own test phone.

import type { ClientPage } from '../support/page.ts';
import { expect, test } from '../support/test.ts';

const liveTracks = (client: ClientPage) =>
  client.page.evaluate(() => window.cameraTracks.filter((track) => track.readyState === 'live').length);

test('the connection is tested with a drawn picture and with the camera, both ways', async ({ person }) => {
  const { client } = await person('anna');
  await client.part('details-open').click();
  await client.part('trial-open').click();
  for (const source of ['picture', 'camera']) {
    await client.part(`trial-${source}`).check({ force: true });
    await client.part('trial-start').click();
    await expect(client.part('trial-verdict')).toHaveAttribute('data-verdict', 'works', { timeout: 15_000 });
    await expect(client.part('trial').locator('[data-stands="done"]')).toHaveCount(8);
    await expect(client.part('trial-seen')).toContainText('176×144');
    // Nothing of it stays open.
    await expect.poll(() => liveTracks(client)).toBe(0);
  }
  await client.page.keyboard.press('Escape');
  await expect(client.part('trial')).toBeHidden();
  await expect(client.part('trial-open')).toBeFocused();
});

test('a test whose phone is gone names what broke', async ({ person }) => {
  const { client } = await person('anna');
  let ended = () => {};
  const gone = new Promise<void>((resolve) => (ended = resolve));
  await client.page.route(/\/api\/v1\/selftest\/\w+$/, async (route) => {
    // Whoever asks what it saw asks when it is gone.
    if (route.request().method() === 'GET') await gone;
    await route.continue();
  });
  const started = client.page.waitForResponse((response) => response.url().endsWith('/api/v1/selftest'));
  await client.part('details-open').click();
  await client.part('trial-open').click();
  await client.part('trial-start').click();
  const response = await started;
  const { authorization = '' } = await response.request().allHeaders();
  const { id } = await response.json();
  await expect(client.part('trial').locator('[data-trial-step="connected"]')).toHaveAttribute('data-stands', 'done');
  await client.page.request.delete(`${response.url()}/${id}`, { headers: { authorization } });
  ended();
  await expect(client.part('trial-verdict')).toHaveAttribute('data-verdict', 'ended-there');
  await expect(client.part('trial').locator('[data-trial-step="first-picture"]')).toHaveAttribute('data-stands', 'failed');
  await expect(client.part('trial-start')).toBeEnabled();
});
