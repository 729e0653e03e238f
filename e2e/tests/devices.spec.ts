// Several devices of one user ring at once; what becomes of the others when one of them answers.

import { QCIF } from '../peers/film.ts';
import { score, watch } from '../support/pictures.ts';
import { expect, test } from '../support/test.ts';

const ANSWERED_ELSEWHERE = /SIP\s*;\s*cause=200/;

test('two browsers and a handset ring; a browser answers, the others stop', async ({ gateway, jssip, handset }) => {
  const nina = await gateway.addAccount('nina');
  const [first, second, phone] = [await jssip(nina), await jssip(nina), await handset(nina, 'nokia-6680', 'ring')];
  const caller = await handset('caller', 'nokia-6680');
  await caller.share(nina.number);
  for (const page of [first, second]) await page.until('rings', ({ call }) => call === 'incoming');
  await phone.until('rings', ({ call }) => call?.state === 'ringing');
  await second.answer();
  const { ended } = await first.until('stops ringing', ({ ended }) => ended);
  expect(ended?.reason).toMatch(ANSWERED_ELSEWHERE);
  const { last_end } = await phone.until('stops ringing', ({ call }) => call === null);
  expect(last_end?.by).toBe('peer');
  const seen = await score(await watch(second.video, 15), QCIF);
  expect(seen.right).toBeGreaterThanOrEqual(10);
  await caller.end();
  await second.until('is free again', ({ call }) => call === 'none');
  await gateway.expectNoCallLeft();
});

test('two browsers and a handset ring; the handset answers, the browsers stop', async ({ gateway, jssip, handset }) => {
  const nina = await gateway.addAccount('nina');
  const [first, second, phone] = [await jssip(nina), await jssip(nina), await handset(nina, 'nokia-6680', 'ring')];
  const caller = await jssip('caller');
  await caller.call(nina.number);
  for (const page of [first, second]) await page.until('rings', ({ call }) => call === 'incoming');
  await phone.until('rings', ({ call }) => call?.state === 'ringing');
  await phone.answer();
  for (const page of [first, second]) {
    const { ended } = await page.until('stops ringing', ({ ended }) => ended);
    expect(ended?.reason).toMatch(ANSWERED_ELSEWHERE);
  }
  await phone.until('sees right pictures', ({ receive }) => (receive.pattern?.right ?? 0) >= 20, 30_000);
  await caller.hangUp();
  await phone.until('is free again', ({ call }) => call === null);
  await gateway.expectNoCallLeft();
});

test('all devices stop when the caller gives up', async ({ gateway, jssip, handset }) => {
  const nina = await gateway.addAccount('nina');
  const [first, second, phone] = [await jssip(nina), await jssip(nina), await handset(nina, 'nokia-6680', 'ring')];
  const caller = await jssip('caller');
  await caller.call(nina.number);
  for (const page of [first, second]) await page.until('rings', ({ call }) => call === 'incoming');
  await phone.until('rings', ({ call }) => call?.state === 'ringing');
  await caller.hangUp();
  for (const page of [first, second]) await page.until('stops ringing', ({ call }) => call === 'none');
  await phone.until('stops ringing', ({ call }) => call === null);
  await gateway.expectNoCallLeft();
});
