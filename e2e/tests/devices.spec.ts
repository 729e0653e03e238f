// Several devices of one user ring at once; what becomes of the others when one of them answers.

import { Baresip } from '../peers/baresip.ts';
import { QCIF } from '../peers/film.ts';
import { JsSipPage } from '../peers/jssip.ts';
import { certified } from '../support/certificate.ts';
import { Gateway } from '../support/gateway.ts';
import type { Handset } from '../support/handset.ts';
import { score, watch } from '../support/pictures.ts';
import { test as base, expect } from '../support/test.ts';

const ANSWERED_ELSEWHERE = /SIP\s*;\s*cause=200/;

/** Two browsers and a handset of one user. */
const test = base.extend<{ nina: Nina }>({
  nina: async ({ gateway, jssip, handset }, use) => {
    const account = await gateway.addAccount('nina');
    const pages = [await jssip(account), await jssip(account)] as const;
    await use(new Nina(account.number, pages, await handset(account, 'nokia-6680', 'ring')));
  },
});

class Nina {
  constructor(
    readonly number: string,
    readonly pages: readonly [JsSipPage, JsSipPage],
    readonly phone: Handset,
  ) {}

  async everythingRings(): Promise<void> {
    for (const page of this.pages) await page.until('rings', ({ call }) => call === 'incoming');
    await this.phone.until('rings', ({ call }) => call?.state === 'ringing');
  }
}

async function hearsThatItWasAnsweredElsewhere(page: JsSipPage): Promise<void> {
  const { ended } = await page.until('stops ringing', ({ ended }) => ended);
  expect(ended?.reason).toMatch(ANSWERED_ELSEWHERE);
}

test('two browsers and a handset ring; a browser answers, the others stop', async ({ gateway, nina, handset }) => {
  const [first, second] = nina.pages;
  const caller = await handset('caller', 'nokia-6680');
  await caller.share(nina.number);
  await nina.everythingRings();
  await second.answer();
  await hearsThatItWasAnsweredElsewhere(first);
  const { last_end } = await nina.phone.until('stops ringing', ({ call }) => call === null);
  expect(last_end?.by).toBe('peer');
  const seen = await score(await watch(second.video, 15), QCIF);
  expect(seen.right).toBeGreaterThanOrEqual(10);
  await caller.end();
  await second.until('is free again', ({ call }) => call === 'none');
  await gateway.expectNoCallLeft();
});

test('two browsers and a handset ring; the handset answers, the browsers stop', async ({ gateway, nina, jssip }) => {
  const caller = await jssip('caller');
  await caller.call(nina.number);
  await nina.everythingRings();
  await nina.phone.answer();
  for (const page of nina.pages) await hearsThatItWasAnsweredElsewhere(page);
  await nina.phone.until('sees right pictures', ({ receive }) => (receive.pattern?.right ?? 0) >= 10, 30_000);
  await caller.hangUp();
  await nina.phone.until('is free again', ({ call }) => call === null);
  await gateway.expectNoCallLeft();
});

test('all devices stop when the caller gives up', async ({ gateway, nina, jssip }) => {
  const caller = await jssip('caller');
  await caller.call(nina.number);
  await nina.everythingRings();
  await caller.hangUp();
  for (const page of nina.pages) await page.until('stops ringing', ({ call }) => call === 'none');
  await nina.phone.until('stops ringing', ({ call }) => call === null);
  await gateway.expectNoCallLeft();
});

test('peers by UDP, TCP, TLS and WebSocket are registered at once, and each is called', async ({ filming, jssipSite }) => {
  const { settings, authority } = await certified();
  const gateway = await Gateway.start(settings);
  const register = async (name: string) =>
    JsSipPage.register(filming, jssipSite, await gateway.addAccount(name), gateway.websocket, gateway.domain);
  const phones: Baresip[] = [];
  try {
    const [caller, page] = [await register('caller'), await register('by-ws')];
    const transports = ['udp', 'tcp', 'tls'] as const;
    for (const transport of transports) {
      const account = await gateway.addAccount(`by-${transport}`);
      phones.push(await Baresip.start(gateway, account, 'H263', { transport, authority }));
    }
    for (const [index, transport] of transports.entries()) {
      const phone = phones[index]!;
      await caller.call(`by-${transport}`);
      await phone.event('CALL_ESTABLISHED');
      await phone.picture();
      await caller.hangUp();
      await phone.event('CALL_CLOSED');
    }
    await caller.call('by-ws');
    await page.until('is called', ({ call }) => call === 'incoming');
    await page.answer();
    expect(await watch(page.video, 5)).toHaveLength(5);
    await page.hangUp();
    await caller.until('is hung up on', ({ call }) => call === 'none');
    await gateway.expectNoCallLeft();
    await Promise.all([caller.close(), page.close()]);
  } finally {
    for (const phone of phones) await phone.stop();
    await gateway.stop();
    await test.info().attach('gateway.log', { body: gateway.log() });
  }
});
