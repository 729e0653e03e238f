// The client inside somebody else's page: by the script of the docs, by a frame alone, and where it must not be.

import { randomBytes } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';

import type { Page } from '@playwright/test';

import { IntegratorSite } from '../peers/integrator.ts';
import { runFolder } from '../support/environment.ts';
import { expect, test as base } from '../support/test.ts';

const secret = randomBytes(32).toString('hex');

const test = base.extend<{ site: IntegratorSite; stranger: IntegratorSite }>({
  site: async ({}, use) => {
    const site = await IntegratorSite.start(secret);
    await use(site);
    await site.stop();
  },
  stranger: async ({ gateway }, use) => {
    const site = await IntegratorSite.start(secret);
    site.sidecam = gateway.page;
    await use(site);
    await site.stop();
  },
  settings: async ({ site }, use) => {
    const file = join(runFolder(), `embedding-${randomBytes(6).toString('hex')}`);
    writeFileSync(file, `${secret}\n`);
    await use({ embedding: { origins: [site.origin], token_file: file } });
  },
});

/** What the demo page wrote down, oldest first. */
async function journal(page: Page): Promise<string[]> {
  return (await page.locator('#journal li').allTextContents()).reverse();
}

test('a page takes the client in by one script, and is told each step', async ({ gateway, site, visitor, handset }) => {
  const phone = await handset('old-phone', 'nokia-6680');
  const anna = await gateway.addAccount('anna');
  Object.assign(site, { sidecam: gateway.page, subscriber: 'anna', to: phone.number });
  await expect.poll(() => site.isKnown()).toBe(true);
  const { page } = await visitor({ url: site.origin, mayMove: true });
  const frame = page.frameLocator('#sidecam iframe');
  await expect(frame.getByTestId('slot')).toBeVisible();
  expect(await page.locator('#sidecam iframe').getAttribute('src')).toBe(`${gateway.page}/embed`);

  await page.getByRole('button', { name: 'Show the customer something' }).click();
  await expect(frame.getByTestId('preview-video')).toBeVisible();
  await expect(frame.getByTestId('slot')).toHaveAttribute('aria-checked', 'true');
  expect((await phone.status()).call, 'nothing is sent before the person does').toBeNull();
  await frame.getByTestId('send-button').click();
  await expect.poll(() => journal(page)).toContainEqual(`live direction=out peer=tel:${phone.number}`);
  await phone.until('sees right pictures', ({ receive }) => (receive.pattern?.right ?? 0) >= 10, 20_000);

  await page.getByRole('button', { name: 'By night' }).click();
  const accent = frame.locator('html');
  await expect(accent).toHaveAttribute('data-theme', 'dark');
  await expect.poll(() => accent.evaluate((root) => getComputedStyle(root).getPropertyValue('--accent').trim())).toBe('#7fd6e6');

  await page.getByRole('button', { name: 'Stop' }).click();
  await phone.until('is free again', ({ call }) => call === null);
  await expect.poll(async () => (await journal(page)).at(-1)).toMatch(/^ended direction=out cause=ended-by-me/);
  const steps = (await journal(page)).filter((line) => !line.startsWith('ready'));
  expect(steps.map((line) => line.split(' seconds=')[0])).toEqual([
    `registered number=${anna.number}`,
    'preview state=open',
    `asking peer=tel:${phone.number}`,
    ...steps.filter((line) => line.startsWith('ringing')),
    `live direction=out peer=tel:${phone.number}`,
    'preview state=closed',
    `ended direction=out cause=ended-by-me peer=tel:${phone.number}`,
  ]);

  // Whoever's token is taken back is out; the page fetches another, and the person is in again.
  expect(await site.takeBack()).toBe(204);
  await expect.poll(() => journal(page)).toContainEqual('token-needed');
  await expect.poll(async () => (await journal(page)).filter((line) => line.startsWith('registered')).length).toBe(2);
  expect(site.tokens.length).toBe(2);
  await gateway.expectNoCallLeft();
});

test('a page that is not listed has nothing inside, and the client proper is framed by nobody', async ({ gateway, stranger, site, visitor }) => {
  await gateway.addAccount('anna');
  const inside = (src: string) => `<!doctype html><link rel="icon" href="data:," /><iframe src="${src}" width="400" height="400"></iframe>`;
  const refused = /frame-ancestors|ERR_BLOCKED/;
  for (const [host, path] of [[stranger, '/embed'], [site, '/']] as const) {
    host.html = inside(`${gateway.page}${path}`);
    const { page } = await visitor({ url: host.origin, mayComplain: refused });
    const [frame] = page.frames().slice(1);
    await expect.poll(() => frame?.url()).toMatch(/^chrome-error:/);
  }
});

const PLAIN = `<!doctype html><link rel="icon" href="data:," /><body style="margin:0">
  <iframe src="{{sidecam}}/embed" title="Sidecam" allow="camera; microphone" width="320" height="420" style="border:0;display:block"></iframe>
  <script>
    window.fromFrame = [];
    const frame = document.querySelector('iframe');
    window.post = (message, version = 1) => frame.contentWindow.postMessage({ sidecam: version, ...message }, '{{sidecam}}');
    addEventListener('message', async ({ source, origin, data }) => {
      if (source !== frame.contentWindow || origin !== '{{sidecam}}' || data.sidecam !== 1) return;
      fromFrame.push(data);
      if (data.type === 'ready' || data.type === 'token-needed') {
        const answer = await fetch('/sidecam-token', { method: 'POST' });
        post({ type: 'sign-in', token: (await answer.json()).token });
      }
    });
  </script>`;

declare global {
  interface Window {
    fromFrame: { type: string; code?: string; id?: string }[];
    post: (message: object, version?: number) => void;
  }
}

test('a small frame alone is spoken to, answers what is wrong, and asks for another token in time', async ({ gateway, site, visitor }) => {
  await gateway.addAccount('anna');
  Object.assign(site, { sidecam: gateway.page, subscriber: 'anna', html: PLAIN, lifetime: 10 });
  await expect.poll(() => site.isKnown()).toBe(true);
  const { page } = await visitor({ url: site.origin });
  const frame = page.frameLocator('iframe');
  const heard = () => page.evaluate(() => window.fromFrame.map(({ type, code, id }) => [type, code, id].filter(Boolean).join(' ')));
  await expect.poll(heard).toContain('registered');
  await expect(frame.locator('.stage__empty')).toBeVisible();

  await page.evaluate(() => {
    window.post({ type: 'show' });
    window.post({ type: 'hello' }, 2);
    window.post({ type: 'choose', to: 'nobody', id: 'a' });
    window.post({ type: 'theme', scheme: 'light', tokens: { '--text': '#cccccc' } });
    window.post({ type: 'theme', tokens: { '--radius': '4px' }, id: 'b' });
    window.post({ type: 'choose', to: '+447700900417' });
  });
  await expect(frame.getByTestId('slot')).toBeVisible();
  const errors = async () => (await heard()).filter((line) => line.startsWith('error'));
  await expect.poll(errors).toEqual(['error unknown-type', 'error wrong-version', 'error no-number a', 'error theme-contrast']);
  await expect.poll(() => frame.locator('html').evaluate((root) => root.style.getPropertyValue('--radius'))).toBe('4px');

  // All that is needed is there, and nothing lies over the edge.
  const button = frame.getByTestId('send-button');
  await expect(button).toBeInViewport({ ratio: 1 });
  const overflow = await frame.locator('html').evaluate((root) => [root.scrollWidth - innerWidth, root.scrollHeight - innerHeight]);
  expect(overflow.every((pixels) => pixels <= 0), String(overflow)).toBe(true);

  await expect.poll(() => site.tokens.length, { timeout: 12_000 }).toBeGreaterThan(1);
  expect(await heard()).not.toContain('signed-out');
});
