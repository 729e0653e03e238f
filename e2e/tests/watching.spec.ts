// Around the picture that one watches, and what the device does beside the page.

import type { Page } from '@playwright/test';

import { expect, test as inNetwork } from '../support/network.ts';
import { watch } from '../support/pictures.ts';
import { test } from '../support/test.ts';

const narrow = inNetwork.extend({
  settings: async ({ mediaPort }, use) => use({ media: { workers: 1, webrtc_port: mediaPort } }),
});

declare global {
  interface Window {
    /** What the page asked of the device. */
    asked: { notices: { title: string; body: string; notice: Notification; open: boolean }[]; buzzes: unknown[]; tones: number; awake: number };
  }
}

/** Runs in the page: a device that notes what is asked of it, and lets everything. */
function noteWhatIsAsked(): void {
  window.asked = { notices: [], buzzes: [], tones: 0, awake: 0 };
  class NotedNotification {
    static permission = 'default';
    static async requestPermission(): Promise<string> {
      return (NotedNotification.permission = 'granted');
    }
    onclick: (() => void) | null = null;
    constructor(title: string, options: NotificationOptions) {
      const notice = this as unknown as Notification;
      window.asked.notices.push({ title, body: options.body ?? '', notice, open: true });
    }
    close(): void {
      for (const noted of window.asked.notices) if (noted.notice === (this as unknown)) noted.open = false;
    }
  }
  window.Notification = NotedNotification as unknown as typeof Notification;
  navigator.vibrate = (pattern) => window.asked.buzzes.push(pattern) > 0;
  const lock = { released: false, release: async () => void (window.asked.awake -= 1) };
  const request = async () => {
    window.asked.awake += 1;
    return lock;
  };
  Object.defineProperty(navigator, 'wakeLock', { value: { request } });
  const create = AudioContext.prototype.createOscillator;
  AudioContext.prototype.createOscillator = function () {
    window.asked.tones += 1;
    return create.call(this);
  };
}

function asked(page: Page): Promise<{ notices: { title: string; body: string; open: boolean }[]; buzzes: unknown[]; tones: number; awake: number }> {
  return page.evaluate(() => ({ ...window.asked, notices: window.asked.notices.map(({ title, body, open }) => ({ title, body, open })) }));
}

test('a picture fills the screen, what floats over it fades, the stop stays, and its figures are told', async ({ person, handset }) => {
  const phone = await handset('old-phone', 'nokia-6680');
  const { client, account } = await person('anna');
  const { page } = client;
  await phone.share(account.number);
  await client.part('incoming-watch').click();
  await watch(client.stage, 3);
  await expect(client.part('quality-line')).toHaveAttribute('data-limited', 'their-phone', { timeout: 10_000 });

  // A key leads into the whole screen and out of it, and ends nothing.
  await client.part('watch-stop').focus();
  await page.keyboard.press('f');
  await expect(client.part('watching')).toHaveAttribute('data-full', 'true');
  await expect.poll(() => page.evaluate(() => document.fullscreenElement?.tagName)).toBe('HTML');
  const box = await client.part('watching').boundingBox();
  expect(box?.width).toBeGreaterThanOrEqual(page.viewportSize()!.width);
  // On a small page too, the stop is at the bottom of the picture.
  await page.setViewportSize({ width: 360, height: 740 });
  expect((await client.part('watch-stop').boundingBox())?.y).toBeGreaterThan(600);
  expect((await client.stage.boundingBox())?.width).toBe(360);
  await page.setViewportSize({ width: 1100, height: 760 });
  await expect(client.part('watching')).toHaveAttribute('data-still', 'true', { timeout: 5_000 });
  await expect(client.part('full-screen').locator('..')).toHaveCSS('opacity', '0');
  await expect(client.part('watch-stop')).toHaveCSS('opacity', '1');
  await page.keyboard.press('Shift');
  await expect(client.part('full-screen').locator('..')).toHaveCSS('opacity', '1');
  await page.keyboard.press('Escape');
  await expect(client.part('watching')).toHaveAttribute('data-full', 'false');
  await expect.poll(() => page.evaluate(() => document.fullscreenElement)).toBe(null);

  // The figures, as curves and as a table; Escape closes them alone.
  await client.part('quality-line').click();
  await expect(client.part('live-stats')).toContainText(/176\s*×\s*144/);
  await expect(client.part('figures-table').getByRole('row')).not.toHaveCount(1);
  await expect(client.part('curve-frames')).toContainText(/1[0-9] a second/);
  await page.keyboard.press('Escape');
  await expect(client.part('figures')).toBeHidden();
  await expect(client.part('quality-line')).toBeFocused();
  await client.expectBanner('live');
  // In a window of its own the picture goes on.
  const floats = () => client.stage.evaluate((video) => document.pictureInPictureElement === video);
  await client.part('float').click();
  await expect(client.part('float')).toHaveAttribute('aria-pressed', 'true');
  expect(await floats()).toBe(true);
  expect(await watch(client.stage, 3)).toHaveLength(3);
  await client.part('float').click();
  await expect(client.part('float')).toHaveAttribute('aria-pressed', 'false');
  expect(await floats()).toBe(false);
  await client.part('watch-stop').click();
});

test('whoever looks elsewhere is rung for and told, and a press on that answers', async ({ person, handset }) => {
  const phone = await handset('old-phone', 'nokia-6680');
  const { client, account } = await person('anna');
  const { page } = client;
  await page.evaluate(noteWhatIsAsked);
  await client.part('details-open').click();
  await client.part('tell-on').check({ force: true });
  await expect(client.part('tell-on')).toBeChecked();

  await page.evaluate(() => Object.defineProperty(document, 'hidden', { value: true, configurable: true }));
  await phone.share(account.number);
  await expect(client.part('attention')).toHaveAttribute('data-ring', 'loudly');
  await expect(page).toHaveTitle(/old-phone wants to show you their camera/);
  const ringing = await asked(page);
  expect(ringing.notices).toEqual([{ title: 'old-phone wants to show you their camera', body: 'Press to watch. Your own camera stays off.', open: true }]);
  expect(ringing.tones).toBeGreaterThan(2);
  expect(ringing.buzzes.length).toBe(1);
  expect(ringing.awake).toBe(0);

  await page.evaluate(() => window.asked.notices[0]!.notice.onclick?.(new Event('click')));
  await client.expectBanner('live');
  await expect(client.part('attention')).toHaveAttribute('data-ring', 'silent');
  expect(await page.evaluate(() => window.cameraTracks.length)).toBe(0);
  await expect.poll(async () => (await asked(page)).notices[0]!.open).toBe(false);
  // The screen stays on as long as there is something to see.
  await expect.poll(async () => (await asked(page)).awake).toBe(1);
  await client.part('watch-stop').click();
  await expect.poll(async () => (await asked(page)).awake).toBe(0);

  // Silent means silent, and not told means not told.
  await client.part('ring-off').check({ force: true });
  await client.part('tell-off').check({ force: true });
  const { tones } = await asked(page);
  await phone.until('is free again', ({ call }) => call === null);
  await phone.share(account.number);
  await expect(client.part('incoming-card')).toBeVisible();
  const silent = await asked(page);
  expect([silent.tones, silent.notices.length]).toEqual([tones, 1]);
  await client.part('incoming-decline').click();
});

test('where only the service worker may show a notice it does, and a press on it answers', async ({ person, handset }) => {
  const phone = await handset('old-phone', 'nokia-6680');
  const { client, account } = await person('anna', { worker: true, permissions: ['camera', 'notifications'] });
  const { page } = client;
  // As on Android.
  await page.evaluate(() => {
    window.Notification = new Proxy(Notification, {
      construct() {
        throw new TypeError('Illegal constructor. Use ServiceWorkerRegistration.showNotification() instead.');
      },
    });
    Object.defineProperty(document, 'hidden', { value: true, configurable: true });
  });
  await page.evaluate(() => navigator.serviceWorker.ready);
  await client.part('details-open').click();
  await client.part('tell-on').check({ force: true });
  const notices = () =>
    page.evaluate(async () => {
      const shown = await (await navigator.serviceWorker.ready).getNotifications();
      return shown.map(({ title, body }) => ({ title, body }));
    });
  await phone.share(account.number);
  await expect.poll(notices).toEqual([{ title: 'old-phone wants to show you their camera', body: 'Press to watch. Your own camera stays off.' }]);
  const worker = page.context().serviceWorkers()[0]!;
  await worker.evaluate(async () => {
    const scope = globalThis as unknown as { registration: ServiceWorkerRegistration; dispatchEvent(event: Event): void };
    const [notification] = await scope.registration.getNotifications();
    const Pressed = (globalThis as unknown as { NotificationEvent: new (type: string, what: object) => Event }).NotificationEvent;
    scope.dispatchEvent(new Pressed('notificationclick', { notification }));
  });
  await client.expectBanner('live');
  await expect.poll(notices).toEqual([]);
  await client.part('watch-stop').click();

  // Who gives up takes the notice away.
  await phone.until('is free again', ({ call }) => call === null);
  await phone.share(account.number);
  await expect.poll(notices).toHaveLength(1);
  await client.part('incoming-decline').click();
  await expect.poll(notices).toEqual([]);
});

test('what came of it is in the history in plain words, and a press turns to them again', async ({ person, handset }) => {
  const phone = await handset('old-phone', 'nokia-6680', 'busy');
  const { client, account } = await person('anna');
  await client.share(phone.number);
  await client.expectEnded('busy');
  await phone.share(account.number);
  await client.part('incoming-card').waitFor();
  await phone.end();
  await client.expectEnded('cancelled');
  await client.part('ended-done').click();
  await client.part('details-open').click();
  await expect(client.part('recent-what')).toHaveText(['Stopped asking', 'Was busy']);
  // What went wrong opens its own why, and nothing else has one.
  await client.part('recent-why').click();
  await expect(client.part('verdict')).toHaveAttribute('data-verdict', 'busy');
  await client.page.keyboard.press('Escape');
  await expect(client.part('recent-why')).toBeFocused();
  await client.part('recent-line').last().click();
  await expect(client.part('slot')).toBeFocused();
  await client.part('recent-clear').click();
  await expect(client.part('recent-what')).toHaveCount(0);
});

narrow('what gets lost on one\'s own side is said to be one\'s own', async ({ network, traveller, listener }) => {
  const { phone } = await listener('old-phone');
  const { client, account } = await traveller('anna');
  await phone.share(account.number);
  await client.part('incoming-watch').click();
  await watch(client.stage, 3);
  network.losePictures(0.15);
  await expect(client.part('quality-line')).toHaveAttribute('data-limited', 'my-network', { timeout: 15_000 });
  await expect(client.part('quality-said')).toHaveText('Limited by your network');
  network.losePictures(0);
});
