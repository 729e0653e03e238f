// How much later the 200 arrives when the gateway stands between caller and callee.

import { percentile, rounded } from '../support/measure.ts';
import { report } from '../support/report.ts';
import { test } from '../support/test.ts';

const WARM_UP = 20;
const CALLS = 300;

test.setTimeout(120_000);

test('from INVITE to 200', async ({ gateway, udpAgent }) => {
  const caller = await udpAgent('caller');
  const callee = await udpAgent('callee');
  callee.answerEverything();
  const direct = await times(() => caller.call(callee.address, callee.number));
  const through = await times(() => caller.call(gateway.udp, callee.number));
  await report('calls', {
    calls: CALLS,
    direct_ms: summary(direct),
    through_gateway_ms: summary(through),
    added_ms: {
      p50: rounded(percentile(through, 0.5) - percentile(direct, 0.5), 2),
      p99: rounded(percentile(through, 0.99) - percentile(direct, 0.99), 2),
    },
  });
});

async function times(call: () => Promise<number>): Promise<number[]> {
  const measured: number[] = [];
  for (let serial = 0; serial < WARM_UP + CALLS; serial += 1) {
    const milliseconds = await call();
    if (serial >= WARM_UP) measured.push(milliseconds);
  }
  return measured;
}

function summary(values: number[]) {
  return { p50: rounded(percentile(values, 0.5), 2), p99: rounded(percentile(values, 0.99), 2) };
}
