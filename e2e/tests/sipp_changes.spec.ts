// SIPp calls SIPp through the gateway: what changes a call while it is set up and while it stands.

import { type Case, between } from '../peers/sipp_pair.ts';
import { test } from '../support/test.ts';

const cases: Case[] = [
  { name: 'an INVITE without an offer', caller: 'calls-without-offer', callee: 'answers-with-offer' },
  { name: 'hold and resume by the callee', caller: 'is-held-as-caller', callee: 'holds-as-callee' },
  { name: 'hold and resume by the caller', caller: 'holds-and-resumes', callee: 'is-held' },
  { name: 'reliable ringing that the gateway acknowledges (PRACK)', caller: 'calls', callee: 'rings-reliably' },
  { name: 'reliable ringing that the gateway sends (100rel)', caller: 'calls-reliably', callee: 'answers' },
  { name: 'a session refreshed by UPDATE and by re-INVITE', caller: 'refreshes', callee: 'is-refreshed' },
  { name: 'a session timer that is too short', caller: 'asks-for-too-short-a-session', callee: 'answers' },
];

for (const one of cases) between(one);

test('a callee that names another place (302)', async ({ gateway, sippPhone }) => {
  const moved = await sippPhone('moved');
  const there = await sippPhone('there');
  const caller = await sippPhone('caller');
  const answering = await there.listen('answers');
  const sending = await moved.listen('redirects', { keys: { other: there.account.name } });
  const asking = await caller.run('calls', { keys: { number: moved.number } });
  for (const run of [asking, sending, answering]) await run.succeeds();
  await gateway.expectNoCallLeft();
});
