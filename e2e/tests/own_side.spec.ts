// One's own side of a share: the cover, what the camera can do, a pause, pictures and recordings that are kept.

import { readFile } from 'node:fs/promises';

import type { Download, Page } from '@playwright/test';

import { readPictures } from '../peers/film.ts';
import { launch } from '../support/chromium.ts';
import type { ClientPage } from '../support/page.ts';
import { score } from '../support/pictures.ts';
import { output } from '../support/program.ts';
import { expect, test } from '../support/test.ts';

/** Enough pictures that a lucky keyframe is no proof. */
const ENOUGH = 8;

function file(page: Page): Promise<Download> {
  return page.waitForEvent('download', { timeout: 10_000 });
}

async function bytes(download: Download): Promise<Buffer> {
  return readFile(await download.path());
}

/** How many different pictures of the numbered pattern a recording has. */
async function differentPictures(film: Download): Promise<number> {
  const pictures = `${await film.path()}.rgba`;
  const raw = ['-fps_mode', 'passthrough', '-vf', 'scale=640:480', '-f', 'rawvideo', '-pix_fmt', 'rgba', pictures];
  await output('ffmpeg', ['-y', '-loglevel', 'error', '-i', await film.path(), ...raw]);
  const { counters } = await score(await readPictures(pictures, 640, 480), '640x480');
  return new Set(counters).size;
}

const liveTracks = (client: ClientPage) =>
  client.page.evaluate(() => window.cameraTracks.filter((track) => track.readyState === 'live').length);

test('the cover opens and shuts by Enter, Space, a slide, a plain button and a key', async ({ person, handset }) => {
  const phone = await handset('phone', 'nokia-6680');
  const { client } = await person('anna');
  await client.part(`contact-${phone.number}`).click();
  await client.part('share-button').click();
  const slot = client.part('slot');
  const slide = async (share: number) => {
    const box = (await slot.boundingBox())!;
    // Open, most of the cover is outside of the picture.
    const from = { x: box.x + 30, y: box.y + box.height / 2 };
    await client.page.mouse.move(from.x, from.y);
    await client.page.mouse.down();
    await client.page.mouse.move(from.x + box.width * share, from.y, { steps: 5 });
    await client.page.mouse.up();
  };
  const ways: [string, () => Promise<void>, () => Promise<void>][] = [
    ['Enter', () => slot.press('Enter'), () => slot.press('Enter')],
    ['Space', () => slot.press('Space'), () => slot.press('Space')],
    ['a slide', () => slide(0.5), () => slide(-0.5)],
    ['the button', () => client.part('cover-button').click(), () => client.part('cover-button').click()],
    ['the key', () => client.page.keyboard.press('Alt+KeyC'), () => client.page.keyboard.press('Alt+KeyC')],
  ];
  for (const [way, open, shut] of ways) {
    await open();
    await expect(slot, `${way} opens`).toHaveAttribute('aria-checked', 'true');
    await expect.poll(() => liveTracks(client), { message: `${way} opens` }).toBe(1);
    await shut();
    await expect(slot, `${way} shuts`).toHaveAttribute('aria-checked', 'false');
    await client.expectCameraOff();
  }
  expect((await phone.status()).call).toBeNull();
});

test('a pause, a picture and a recording of what a handset sees', async ({ person, handset }) => {
  const phone = await handset('old-phone', 'nokia-6680');
  const { client } = await person('anna');
  await client.share(phone.number);
  await client.expectBanner('live');
  await phone.until('sees pictures', ({ receive }) => (receive.pattern?.right ?? 0) >= ENOUGH, 15_000);
  const kept = file(client.page);
  await client.part('keep-picture').click();
  const picture = await kept;
  expect(picture.suggestedFilename()).toMatch(/^Sidecam old-phone \d{4}-\d\d-\d\d \d\d\.\d\d\.\d\d\.jpg$/);
  expect((await bytes(picture)).subarray(0, 3).toString('hex')).toBe('ffd8ff');
  // A handset cannot show that it is recorded: the person is asked.
  await client.part('record').click();
  await expect(client.part('record-ask')).toBeVisible();
  await client.part('record-anyway').click();
  await expect(client.part('recording-ours')).toBeVisible();
  // The pause: the camera is off, and pictures still come.
  await client.page.keyboard.press('Alt+KeyP');
  await expect(client.banner).toHaveAttribute('data-paused', 'true');
  await expect(client.part('pause')).toBeEnabled();
  await client.expectCameraOff();
  const { receive: before } = await phone.status();
  await phone.until('is sent more', ({ receive }) => receive.frames >= before.frames + ENOUGH);
  await client.part('pause').click();
  await expect(client.banner).toHaveAttribute('data-paused', 'false');
  const right = (await phone.status()).receive.pattern?.right ?? 0;
  await phone.until('sees it move', ({ receive }) => (receive.pattern?.right ?? 0) >= right + ENOUGH, 15_000);
  // The recording has all of it.
  await expect(client.part('recording-ours')).toBeVisible();
  const recorded = file(client.page);
  await client.part('record').click();
  const film = await recorded;
  expect(film.suggestedFilename()).toMatch(/^Sidecam old-phone .*\.webm$/);
  expect(await differentPictures(film)).toBeGreaterThanOrEqual(ENOUGH);
  await expect(client.part('tools-note')).toHaveAttribute('data-recorded', 'saved');
  await client.part('stop-button').click();
  await client.expectCameraOff();
});

test('both sides see that one records', async ({ person }) => {
  const { client: anna } = await person('anna');
  const { account, client: ben } = await person('ben');
  await anna.share(account.number);
  await ben.part('incoming-watch').click();
  await anna.expectBanner('live');
  await ben.expectBanner('live');
  for (const [who, other] of [[anna, ben], [ben, anna]] as const) {
    await who.part('record').click();
    await expect(who.part('recording-ours')).toBeVisible();
    await expect(other.part('recording-theirs')).toBeVisible();
    await expect(who.part('recording-ours')).toContainText('0:01');
    const saved = file(who.page);
    await who.part('record').click();
    expect((await bytes(await saved)).length).toBeGreaterThan(1_000);
    await expect(other.part('recording-theirs')).toBeHidden();
  }
  // A share that ends ends the recording, and it is saved.
  await ben.part('record').click();
  await expect(ben.part('recording-ours')).toContainText('0:01');
  const saved = file(ben.page);
  await anna.part('stop-button').click();
  await saved;
});

test('light, zoom and a choice of cameras are there where the device has them', async ({ person, handset }) => {
  const phone = await handset('phone', 'nokia-6680');
  const browser = await launch(undefined, ['--use-fake-device-for-media-stream=device-count=2', '--use-fake-ui-for-media-stream']);
  try {
    const { client } = await person('anna', { browser });
    // Chromium's cameras that are none have no light.
    await client.page.evaluate(() => {
      const track = MediaStreamTrack.prototype;
      const [capabilities, settings, apply] = [track.getCapabilities, track.getSettings, track.applyConstraints];
      let torch = false;
      track.getCapabilities = function () {
        return { ...capabilities.call(this), torch: true, zoom: { min: 1, max: 8, step: 0.1 } } as MediaTrackCapabilities;
      };
      track.getSettings = function () {
        return { ...settings.call(this), torch } as MediaTrackSettings;
      };
      track.applyConstraints = function (constraints) {
        const [wish] = (constraints?.advanced ?? []) as { torch?: boolean; zoom?: number }[];
        if (wish?.zoom !== undefined) document.body.dataset['zoom'] = String(wish.zoom);
        if (wish?.torch === undefined) return wish?.zoom === undefined ? apply.call(this, constraints) : Promise.resolve();
        torch = wish.torch;
        return Promise.resolve();
      };
    });
    await client.openSlot(phone.number);
    const light = client.part('camera-light');
    await expect(light).toHaveAttribute('aria-pressed', 'false');
    await light.click();
    await expect(light).toHaveAttribute('aria-pressed', 'true');
    await client.part('camera-zoom').fill('2500');
    await expect(client.page.locator('body')).toHaveAttribute('data-zoom', '2.5');
    const cameras = client.part('camera-select');
    await expect(cameras.locator('option')).toHaveCount(2);
    const other = await cameras.locator('option').nth(1).getAttribute('value');
    const first = await cameras.inputValue();
    await cameras.selectOption(first === other ? { index: 0 } : { index: 1 });
    await expect.poll(() => client.page.evaluate(() => window.cameraTracks.length)).toBe(2);
    await expect(cameras).not.toHaveValue(first);
    expect(await liveTracks(client)).toBe(1);
    await client.part('feed-turn').click();
    await expect(cameras).toHaveValue(first);
  } finally {
    await browser.close();
  }
});
