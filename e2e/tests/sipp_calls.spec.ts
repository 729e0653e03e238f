// SIPp calls SIPp through the gateway: every way a call begins and ends, told by both sides.

import { type Case, between } from '../peers/sipp_pair.ts';
import { expect, test } from '../support/test.ts';
import { until } from '../support/until.ts';

const cases: Case[] = [
  { name: 'a call that the caller ends', caller: 'calls', callee: 'answers' },
  { name: 'a call that comes by TCP', by: 'tcp', caller: 'calls', callee: 'answers' },
  { name: 'CANCEL by TCP while it rings', by: 'tcp', caller: 'gives-up', callee: 'is-given-up' },
  { name: 'a call that the callee ends', caller: 'is-hung-up-on', callee: 'hangs-up' },
  { name: 'CANCEL while it rings', caller: 'gives-up', callee: 'is-given-up' },
  { name: 'CANCEL that crosses the callee’s 200', caller: 'gives-up', callee: 'answers-the-cancel-with-a-call' },
  { name: 'CANCEL that crosses the gateway’s 200', caller: 'cancels-too-late', callee: 'answers' },
  {
    name: 'an ACK that is lost on the way to the gateway',
    caller: 'acknowledges-late',
    callee: 'answers',
    check: async (caller) => {
      expect(await caller.received(/SIP\/2\.0 200/, 'INVITE'), '200s that the caller got').toBeGreaterThanOrEqual(3);
    },
  },
  ...['480', '486', '603'].map((status) => ({
    name: `a refusal by ${status}`,
    caller: 'is-refused',
    callee: 'refuses',
    callerOptions: { words: { status } },
    calleeOptions: { words: { status } },
  })),
];

for (const one of cases) between(one);

// SIPp keeps the rules too well for these: one of the two sides is a socket of ours.

test('CANCEL before the 100', async ({ gateway, sippPhone, udpAgent }) => {
  const callee = await sippPhone('callee');
  const caller = await udpAgent('caller');
  const ringing = await callee.listen('is-given-up');
  expect(await caller.giveUpAtOnce(gateway.udp, callee.number)).toEqual({ invite: 487, cancel: 200 });
  await ringing.succeeds();
  await gateway.expectNoCallLeft();
});

test('a 200 that comes twice, as if its ACK had been lost', async ({ gateway, udpAgent }) => {
  const callee = await udpAgent('callee');
  const caller = await udpAgent('caller');
  callee.answerEverything(2);
  await caller.call(gateway.udp, callee.number);
  await until('both are acknowledged', () => callee.acknowledged === 2);
  await gateway.expectNoCallLeft();
});

test('OPTIONS to the gateway', async ({ gateway, sippPhone }) => {
  const phone = await sippPhone('phone');
  await (await phone.run('asks-options')).succeeds();
  await gateway.expectNoCallLeft();
});

test('500 calls in a row, none failed', async ({ gateway, sippPhone }) => {
  const calls = 500;
  const callee = await sippPhone('callee');
  const caller = await sippPhone('caller');
  const answering = await callee.listen('answers', { calls });
  const asking = await caller.run('calls', { calls, rate: 100, keys: { number: callee.number } });
  await asking.succeeds(calls);
  await answering.succeeds(calls);
  await gateway.expectNoCallLeft();
});
