// The page as something one has: it opens without a network, and a newer version waits until nothing is on.

import { cp, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

import { client as built } from '../support/environment.ts';
import type { ClientPage } from '../support/page.ts';
import { expect, test } from '../support/test.ts';

/** What a page without its gateway complains of. */
const ALONE = /ERR_INTERNET_DISCONNECTED|ERR_CONNECTION|Failed to load resource|WebSocket connection to .* failed/;

/** What comes after the door; a release has it in a file of its own. */
const HOUSE = '**/sidecam-house-*.wasm';

/** Waits until the page is kept whole. */
async function kept(client: ClientPage): Promise<void> {
  await client.page.evaluate(() => navigator.serviceWorker.ready);
}

test('the page can be installed, and opens without a network', async ({ gateway, visitor }) => {
  const client = await visitor({ worker: true, mayComplain: ALONE });
  await kept(client);
  const manifest = await (await client.page.request.get(`${gateway.page}/manifest.webmanifest`)).json();
  for (const { src, sizes, type } of [...manifest.icons, ...manifest.screenshots]) {
    const file = await client.page.request.get(`${gateway.page}${src}`);
    expect(file.status(), src).toBe(200);
    expect(file.headers()['content-type'], src).toBe(type);
    if (type !== 'image/png') continue;
    // Width and height stand in the first chunk.
    const bytes = await file.body();
    expect(`${bytes.readUInt32BE(16)}x${bytes.readUInt32BE(20)}`, src).toBe(sizes);
  }
  const worker = await client.page.request.get(`${gateway.page}/sw.js`);
  expect(worker.headers()['cache-control']).toBe('no-cache');

  await gateway.stop();
  await client.page.goto(`${gateway.page}/?text=${encodeURIComponent('call +447700900001')}`);
  await expect(client.part('sign-in-name')).toBeVisible();
  expect(await client.page.evaluate(() => navigator.serviceWorker.controller?.state)).toBe('activated');
});

test('a part of the page that does not come is said so, and comes when one tries again', async ({ gateway, visitor }) => {
  const [ben, anna] = [await gateway.addAccount('ben'), await gateway.addAccount('anna')];
  const client = await visitor({ mayComplain: /Failed to (load resource|fetch)/ });
  await client.page.route(HOUSE, (route) => route.abort());
  await client.page.reload();
  await client.enter(anna.name, anna.password);
  await expect(client.part('part-missing')).toContainText('did not come');

  await client.page.unroute(HOUSE);
  await client.part('part-again').click();
  await client.expectRegistered();
  await client.openSlot(ben.number);
  await expect(client.part('preview-video')).toBeVisible();
});

test.describe('a newer version', () => {
  const folder = join(process.env['SIDECAM_RUN'] ?? '', `newer-${process.pid}`);
  test.use({ settings: { http: { client_dir: folder } } });

  test('is offered, but never during a share, and opens when one says so', async ({ gateway, person, handset }) => {
    await cp(built(), folder, { recursive: true });
    const phone = await handset('phone', 'nokia-6680');
    const { client, account } = await person('anna', { worker: true });
    await kept(client);
    // The first worker takes nobody's place; from the next load on it serves the page.
    await client.page.reload();
    await client.signIn(account);
    await client.share(phone.number);
    await client.expectBanner('live');

    const file = join(folder, 'sw.js');
    const worker = await readFile(file, 'utf8');
    await writeFile(file, worker.replace(/VERSION = '[^']*'/, "VERSION = 'newer'"));
    await client.page.evaluate(async () => (await navigator.serviceWorker.ready).update());
    await expect.poll(() => client.page.evaluate(() => document.documentElement.dataset['update'])).toBe('ready');
    await expect(client.part('update')).toBeHidden();
    await client.expectBanner('live');

    await client.part('stop-button').click();
    await client.part('update-take').click();
    await expect(client.part('sign-in-name')).toBeVisible();
    await expect.poll(() => client.page.evaluate(() => caches.keys())).toEqual(['sidecam-newer']);
    expect(gateway.page).toBeTruthy();
  });
});
