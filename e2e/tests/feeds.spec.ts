// What can be shown besides the camera: a film from a file, and the screen.

import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';

import type { Page } from '@playwright/test';

import { launch } from '../support/chromium.ts';
import { camera, runFolder } from '../support/environment.ts';
import type { Handset } from '../support/handset.ts';
import { expect, test } from '../support/test.ts';

/** Enough pictures that a lucky keyframe is no proof. */
const ENOUGH = 12;
/** Below this a person sees the damage. */
const GOOD_DB = 24;
/** Of three seconds at 15 pictures a second, counted from 0. */
const LAST_PICTURE = 44;
/** The title by which Chromium chooses the tab that is shown. */
const SHOWN_TAB = 'The shown window';

/** The numbered test pattern as a file that a person might have. */
async function film(seconds: number): Promise<string> {
  const file = join(runFolder(), `film-${seconds}.webm`);
  const words = ['-v', 'error', '-y', '-i', camera(), '-t', String(seconds), '-c:v', 'libvpx', '-b:v', '3M', '-deadline', 'realtime', '-cpu-used', '8', file];
  await promisify(execFile)('ffmpeg', words);
  return file;
}

async function expectPictures(phone: Handset): Promise<void> {
  const before = (await phone.status()).receive.pattern?.right ?? 0;
  const { receive } = await phone.until(
    `sees ${ENOUGH} more right pictures`,
    ({ receive }) => (receive.pattern?.right ?? 0) >= before + ENOUGH,
    20_000,
  );
  expect(receive.pattern!.psnr_db_mean).toBeGreaterThanOrEqual(GOOD_DB);
}

test('a film from a file reaches a handset and holds its last picture', async ({ person, handset }) => {
  const phone = await handset('old-phone', 'nokia-6680');
  const { client } = await person('anna');
  await client.part(`contact-${phone.number}`).click();
  await client.part('share-button').click();
  await client.part('film-file').setInputFiles(await film(3));
  await expect(client.part('feed-film')).toHaveAttribute('aria-pressed', 'true');
  await client.part('slot').press('Enter');
  await expect(client.part('film')).toHaveAttribute('data-playing', 'running');
  await client.part('send-button').click();
  await client.expectBanner('live');
  await expectPictures(phone);
  await expect(client.part('film')).toHaveAttribute('data-playing', 'at-its-end', { timeout: 10_000 });
  // Its last picture is still sent, and no camera was ever asked for.
  const { receive: ended } = await phone.status();
  const { receive } = await phone.until('is sent more', ({ receive }) => receive.frames >= ended.frames + ENOUGH);
  expect(receive.pattern!.last_counter).toBeGreaterThanOrEqual(ended.pattern!.last_counter);
  expect(receive.pattern!.last_counter).toBeLessThanOrEqual(LAST_PICTURE);
  expect(await client.page.evaluate(() => window.cameraTracks.length)).toBe(0);
  // The camera takes over without asking the handset.
  await client.part('feed-camera').click();
  await expect.poll(() => client.page.evaluate(() => window.cameraTracks.length)).toBe(1);
  await expect(client.part('feed-note')).toHaveText('');
  await expectPictures(phone);
  await client.part('stop-button').click();
  await client.expectCameraOff();
});

/** A tab that shows the test pattern at its own size, edge to edge. */
async function showPattern(page: Page, film: Buffer): Promise<void> {
  await page.setViewportSize({ width: 640, height: 480 });
  await page.setContent(`<title>${SHOWN_TAB}</title><style>body{margin:0;overflow:hidden}</style><video muted loop></video>`);
  await page.evaluate(async (base64) => {
    const bytes = Uint8Array.from(atob(base64), (letter) => letter.charCodeAt(0));
    const video = document.querySelector('video')!;
    video.src = URL.createObjectURL(new Blob([bytes], { type: 'video/webm' }));
    await video.play();
  }, film.toString('base64'));
}

test('a screen reaches a handset, and ends with the tab that was shown', async ({ person, handset }) => {
  const phone = await handset('old-phone', 'nokia-6680');
  const browser = await launch(camera(), [`--auto-select-tab-capture-source-by-title=${SHOWN_TAB}`]);
  try {
    const { client } = await person('anna', { browser });
    const shown = await client.page.context().newPage();
    await showPattern(shown, await readFile(await film(3)));
    await client.page.bringToFront();
    await client.part(`contact-${phone.number}`).click();
    await client.part('share-button').click();
    await client.part('feed-screen').click();
    await client.part('slot').press('Enter');
    await client.part('send-button').click();
    await client.expectBanner('live');
    await expectPictures(phone);
    expect(await client.page.evaluate(() => window.cameraTracks.length)).toBe(0);
    await shown.close();
    await client.expectEnded('ended-by-me');
    await phone.until('is free again', ({ call }) => call === null);
  } finally {
    await browser.close();
  }
});
