// Every scene of the gallery, at three sizes and in both themes: to be looked at, and checked for what eyes miss.

import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { extname, join, normalize } from 'node:path';

import type { Page } from '@playwright/test';

import { barriers } from '../support/axe.ts';
import { client, given } from '../support/environment.ts';
import { expect, test } from '../support/test.ts';

const SIZES = { 360: 740, 768: 1024, 1280: 800 } as const;
const THEMES = ['light', 'dark'] as const;
const KINDS: Record<string, string> = {
  '.html': 'text/html',
  '.js': 'text/javascript',
  '.css': 'text/css',
  '.wasm': 'application/wasm',
  '.svg': 'image/svg+xml',
};

/** Serves the development build; every path without a file is the page. */
async function serve(folder: string): Promise<Server> {
  const server = createServer(async (request, response) => {
    const path = normalize(new URL(request.url ?? '/', 'http://localhost').pathname);
    const name = extname(path) ? path : '/index.html';
    try {
      const body = await readFile(join(folder, name));
      response.writeHead(200, { 'content-type': KINDS[extname(name)] ?? 'application/octet-stream' }).end(body);
    } catch {
      response.writeHead(404).end();
    }
  });
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
  return server;
}

/** Whether every video that has a source shows a picture. */
function showing(): boolean {
  return [...document.querySelectorAll('video')].every((video) => !video.srcObject || video.videoWidth > 0);
}

/** What is wider than the window, by its name. */
async function tooWide(page: Page): Promise<string[]> {
  return page.evaluate(() => {
    if (document.documentElement.scrollWidth <= window.innerWidth) return [];
    const wide = [...document.querySelectorAll('*')].filter((part) => part.getBoundingClientRect().right > window.innerWidth + 1);
    return wide.slice(0, 3).map((part) => part.getAttribute('data-testid') ?? part.className.toString() ?? part.tagName);
  });
}

test('every scene at three sizes in both themes', async ({ filming }) => {
  test.setTimeout(20 * 60_000);
  const folder = given('SIDECAM_REPORT');
  const language = process.env['SIDECAM_LANGUAGE'] ?? 'en';
  const only = new RegExp(process.env['SIDECAM_SCENES'] ?? '');
  await mkdir(folder, { recursive: true });
  const server = await serve(client());
  const base = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const context = await filming.newContext({ permissions: ['camera', 'microphone'] });
  const page = await context.newPage();
  const complaints: string[] = [];
  let here = '';
  page.on('console', (message) => message.type() === 'error' && complaints.push(`${here}: ${message.text()}`));
  page.on('pageerror', (error) => complaints.push(`${here}: ${error.message}`));

  await page.goto(`${base}/gallery`);
  const links = page.locator('.gallery__scene > a');
  await expect(links).not.toHaveCount(0);
  const all = await links.allTextContents();
  const scenes = all.filter((name) => only.test(name));
  expect(scenes.length, 'scenes that match').toBeGreaterThan(0);
  // The list shows all of them at once, which no phone does.
  complaints.length = 0;
  const rows: string[] = [];
  for (const scene of scenes) {
    const pictures: string[] = [];
    here = scene;
    await page.goto(`${base}/gallery?scene=${scene}&language=${language}`);
    await expect(page.locator('#greeting')).toHaveCount(0);
    for (const [width, height] of Object.entries(SIZES)) {
      await page.setViewportSize({ width: Number(width), height });
      for (const theme of THEMES) {
        here = `${scene} at ${width} px, ${theme}`;
        await page.emulateMedia({ colorScheme: theme });
        await expect.poll(() => page.evaluate(showing), { message: `${here}: its pictures` }).toBe(true);
        complaints.push(...(await tooWide(page)).map((part) => `${here}: ${part} is wider than the window`));
        // Colours differ by theme and places by width: each is met once.
        if (`${width} ${theme}` === '360 light' || `${width} ${theme}` === '1280 dark') complaints.push(...(await barriers(page)).map((barrier) => `${here}: ${barrier}`));
        const name = `${scene}-${width}-${theme}.png`;
        await page.screenshot({ path: join(folder, name) });
        pictures.push(`<a href="${name}"><img loading="lazy" src="${name}" alt="${here}" height="320"></a>`);
      }
    }
    rows.push(`<h2>${scene}</h2><p>${pictures.join('\n')}</p>`);
  }
  await writeFile(join(folder, 'index.html'), `<!doctype html><title>Screens</title><style>body{font:16px system-ui;background:#888}img{margin:4px}</style>${rows.join('\n')}`);
  await context.close();
  server.close();
  expect(complaints).toEqual([]);
});
