// Pictures get through: each test looks at decoded ones.

import type { Handset } from '../support/handset.ts';
import { score, watch } from '../support/pictures.ts';
import { expect, test } from '../support/test.ts';

/** Enough pictures that a lucky keyframe is no proof. */
const ENOUGH = 30;
/** Below this a person sees the damage. */
const GOOD_DB = 25;
/** From the answer to the first picture. */
const FIRST_PICTURE_MS = 1_000;

async function expectPictures(handset: Handset): Promise<void> {
  const { receive } = await handset.until(
    `sees ${ENOUGH} right pictures`,
    ({ receive }) => (receive.pattern?.right ?? 0) >= ENOUGH,
    30_000,
  );
  expect(receive.pattern!.psnr_db_mean).toBeGreaterThanOrEqual(GOOD_DB);
  expect(receive.first_picture_ms ?? Infinity).toBeLessThanOrEqual(FIRST_PICTURE_MS);
  // RTCP runs beside the pictures, a report at least every five seconds.
  await handset.until('hears a sender report', ({ receive }) => receive.rtcp.sr > 0, 6_000);
}

test('a camera reaches an H.263 handset', async ({ person, handset }) => {
  const phone = await handset('old-phone', 'nokia-6680');
  const { client, account } = await person('anna');
  await client.share(phone.number);
  await client.expectBanner('live');
  await expectPictures(phone);

  const { receive, call } = await phone.status();
  expect(receive.codec ?? '').toMatch(/263/);
  expect([receive.width, receive.height]).toEqual([176, 144]);
  expect(call?.peer).toContain(account.number);
  await client.part('quality-line').click();
  await expect(client.part('live-stats')).toContainText(/\d+\s*[×x]\s*\d+/);
  // No more is encoded than the phone can show: QCIF is of 4:3 on its screen, 192x144 in square pixels.
  const sent = await client.sending();
  expect(sent.width).toBeLessThanOrEqual(192);
  expect(sent.height).toBeLessThanOrEqual(144);
  expect(sent.frames_per_second).toBeLessThanOrEqual(16);
  await expect(client.part('live-clock')).toContainText(/\d:\d\d/);

  await client.part('stop-button').click();
  await client.expectCameraOff();
  const { last_end } = await phone.until('is free again', ({ call }) => call === null);
  expect(last_end?.by).toBe('peer');
});

test('a camera reaches an H.264 handset', async ({ person, handset }) => {
  const phone = await handset('newer-phone', 'nokia-5230');
  const { client } = await person('anna');
  await client.share(phone.number);
  await client.expectBanner('live');
  await expectPictures(phone);

  const { receive } = await phone.status();
  expect(receive.codec ?? '').toMatch(/264/);
  await client.part('stop-button').click();
  await client.expectCameraOff();
  await phone.until('is free again', ({ call }) => call === null);
});

test('a handset reaches the page', async ({ person, handset }) => {
  const phone = await handset('old-phone', 'nokia-6680');
  const { client, account } = await person('anna');
  await phone.share(account.number);

  await expect(client.part('incoming-card')).toBeVisible();
  await expect(client.part('incoming-name')).toContainText(/old-phone|\+4477009000/);
  await client.part('incoming-watch').click();
  await expect(client.stage).toBeVisible();
  const seen = await score(await watch(client.stage, ENOUGH + 10), '176x144');
  expect(seen.right).toBeGreaterThanOrEqual(ENOUGH);
  expect(seen.psnrDb).toBeGreaterThanOrEqual(GOOD_DB);
  expect(new Set(seen.counters).size).toBeGreaterThan(ENOUGH / 2);
  // QCIF's pixels are wider than high: 176x144 of them are a picture of 4:3.
  const shown = await client.stage.evaluate((video) => {
    const { width, height } = video.getBoundingClientRect();
    return { shape: width / height, fit: getComputedStyle(video).objectFit };
  });
  expect(shown.fit).toBe('fill');
  expect(shown.shape).toBeCloseTo(4 / 3, 1);
  expect(await client.page.evaluate(() => window.cameraTracks.length)).toBe(0);

  await client.part('watch-stop').click();
  const { last_end } = await phone.until('is free again', ({ call }) => call === null);
  expect(last_end?.by).toBe('peer');
});

test('a handset that stops its share says so on the page', async ({ person, handset }) => {
  const phone = await handset('old-phone', 'nokia-6680');
  const { client, account } = await person('anna');
  await phone.share(account.number);
  await client.part('incoming-watch').click();
  await watch(client.stage, 5);
  await phone.end();
  await client.expectEnded('ended-by-them');
});

test('a camera reaches another browser', async ({ person }) => {
  const anna = await person('anna');
  const bruno = await person('bruno');
  await anna.client.share(bruno.account.number);
  await anna.client.expectBanner('ringing');
  await expect(bruno.client.part('incoming-card')).toBeVisible();
  await bruno.client.part('incoming-watch').click();
  await anna.client.expectBanner('live');

  const seen = await score(await watch(bruno.client.stage, ENOUGH + 10), '640x480');
  expect(seen.right).toBeGreaterThanOrEqual(ENOUGH);
  expect(seen.psnrDb).toBeGreaterThanOrEqual(GOOD_DB);

  await anna.client.part('stop-button').click();
  await anna.client.expectCameraOff();
  await bruno.client.expectEnded('ended-by-them');
});
