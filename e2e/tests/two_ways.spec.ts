// Two people show each other something, and what a phone that keeps to one way makes of it.

import { score, watch } from '../support/pictures.ts';
import { expect, test } from '../support/test.ts';

/** Enough pictures that a lucky keyframe is no proof. */
const ENOUGH = 5;
/** Below this a person sees the damage. */
const GOOD_DB = 25;

test('two pages show each other their cameras at once (R1.27)', async ({ person }) => {
  const anna = await person('anna');
  const bruno = await person('bruno');
  await anna.client.share(bruno.account.number);
  await bruno.client.part('incoming-watch').click();
  await anna.client.expectBanner('live');

  await bruno.client.part('own-open').click();
  await expect(bruno.client.part('preview-video')).toBeVisible();
  await bruno.client.part('send-button').click();
  await expect(anna.client.part('incoming-card')).toBeVisible();
  // Her own camera stays live, and its stop at hand.
  await expect(anna.client.part('stop-button')).toBeVisible();
  await anna.client.part('incoming-watch').click();

  for (const { client } of [anna, bruno]) {
    await expect(client.part('own-pane')).toHaveAttribute('data-state', 'live');
    const seen = await score(await watch(client.stage, ENOUGH + 1), '640x480');
    expect(seen.right).toBeGreaterThanOrEqual(ENOUGH);
    expect(seen.psnrDb).toBeGreaterThanOrEqual(GOOD_DB);
  }

  // Each direction has its own end.
  await anna.client.part('stop-button').click();
  await anna.client.expectCameraOff();
  await expect(bruno.client.part('ended-beside')).toHaveAttribute('data-cause', 'ended-by-them');
  await expect(bruno.client.part('stop-button')).toBeVisible();
  await watch(anna.client.stage, 3);
});

test('a person agrees to show theirs too, and a Phase 1 handset is explained (R1.14)', async ({ person, handset }) => {
  const phone = await handset('old-phone', 'nokia-6680');
  const anna = await person('anna');
  const bruno = await person('bruno');
  await anna.client.share(phone.number);
  await anna.client.expectBanner('live');
  await anna.client.part('ask-theirs').click();
  await expect(anna.client.part('ways')).toHaveAttribute('data-ways', 'cannot');
  await anna.client.expectBanner('live');
  await anna.client.part('stop-button').click();
  await anna.client.part('ended-done').click();

  await anna.client.share(bruno.account.number);
  await bruno.client.part('incoming-watch').click();
  await watch(bruno.client.stage, 1);
  await anna.client.part('ask-theirs').click();
  await expect(bruno.client.part('ways')).toHaveAttribute('data-ways', 'see-ours');
  expect(await bruno.client.page.evaluate(() => window.cameraTracks.length)).toBe(0);
  await bruno.client.part('own-open').click();
  await bruno.client.part('send-button').click();
  const seen = await score(await watch(anna.client.stage, ENOUGH + 1), '640x480');
  expect(seen.right).toBeGreaterThanOrEqual(ENOUGH);
  expect(seen.psnrDb).toBeGreaterThanOrEqual(GOOD_DB);
});
