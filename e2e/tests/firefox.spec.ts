// The core of the page in a second engine: sign in, share, stop, watch, decline. Debian's Firefox has no H.264.

import { networkInterfaces } from 'node:os';

import { Firefox } from '../support/firefox.ts';
import { expect, test as base } from '../support/test.ts';

const ENOUGH = 20;

/** Firefox pairs none of its addresses with a loopback one. What goes to an address of this machine's own never leaves it. */
function ownAddress(): string {
  const own = Object.values(networkInterfaces()).flatMap((addresses) => addresses ?? []);
  const found = own.find(({ family, internal }) => family === 'IPv4' && !internal);
  if (!found) throw new Error('Firefox needs an IPv4 address beside loopback on this machine: add one (ip link add dummy0 type dummy)');
  return found.address;
}

const test = base.extend<object, { firefox: Firefox }>({
  settings: async ({}, use) => use({ media: { address: ownAddress() } }),

  firefox: [
    async ({}, use) => {
      const firefox = await Firefox.start();
      await use(firefox);
      await firefox.stop();
    },
    { scope: 'worker' },
  ],
});

test('Firefox signs in, shows its camera to a handset, stops, watches and declines', async ({ firefox, gateway, handset }) => {
  const phone = await handset('old-phone', 'nokia-6680', 'answer', ['--local', `${ownAddress()}:0`]);
  const account = await gateway.addAccount('anna');
  const page = await firefox.signIn(gateway.page, account);

  await page.press(`contact-${phone.number}`);
  await page.press('share-button');
  await page.key('slot', 'Enter');
  await page.see('preview-video');
  await page.press('send-button');
  await page.expectAttribute('live-banner', 'data-state', 'live');
  // Its camera is of its own making: the pictures are counted, not read.
  const { receive } = await phone.until('sees pictures', ({ receive }) => receive.frames >= ENOUGH, 20_000);
  expect([receive.width, receive.height]).toEqual([176, 144]);
  await page.press('stop-button');
  await phone.until('is free again', ({ call }) => call === null);

  await phone.share(account.number);
  await page.press('incoming-watch');
  const seen = await page.pictures('stage-video', ENOUGH);
  expect(seen.count).toBe(ENOUGH);
  expect([seen.width, seen.height]).toEqual([176, 144]);
  await page.press('watch-stop');
  await phone.until('is free again', ({ call }) => call === null);

  await phone.share(account.number);
  await page.press('incoming-decline');
  const { last_end } = await phone.until('was declined', ({ call, ended_calls }) => call === null && ended_calls >= 3);
  expect(last_end?.status).toBe(603);
  expect(page.problems, 'the console stays free of errors').toEqual([]);
});
