// What one share costs the gateway, while a real browser sends and a handset decodes.

import type { Handset, Profile } from '../support/handset.ts';
import { type Moment, moment, rounded } from '../support/measure.ts';
import { report } from '../support/report.ts';
import { type Person, expect, test } from '../support/test.ts';

/** Twenty seconds at 15 frames a second. */
const FRAMES = 300;
/** The first seconds belong to keyframes and to the browser's bandwidth probe. */
const SETTLED = 75;

interface Share {
  cpu: number;
  wall: number;
  frames: number;
  packets: number;
}

test.setTimeout(120_000);

for (const [name, profile] of [['h263', 'nokia-6680'], ['h264', 'nokia-5230']] satisfies [string, Profile][]) {
  test(`one share by ${name}`, async ({ gateway, person, handset }) => {
    const phone = await handset('phone', profile);
    const anna = await person('anna');
    await anna.client.share(phone.number);
    await anna.client.expectBanner('live');
    const before = await phone.until('has settled', ({ receive }) => (receive.frames ?? 0) >= SETTLED, 60_000);
    const start = await moment(gateway.processId);
    const wanted = before.receive.frames + FRAMES;
    const after = await phone.until('has decoded enough', ({ receive }) => receive.frames >= wanted, 60_000);
    const share = difference(start, await moment(gateway.processId), before.receive, after.receive);
    expect(after.receive.pattern!.psnr_db_mean).toBeGreaterThanOrEqual(25);
    await report(name, await figures(share, anna, phone));
    await anna.client.part('stop-button').click();
  });
}

function difference(
  start: Moment,
  end: Moment,
  before: { frames: number; rtp: { packets: number } },
  after: { frames: number; rtp: { packets: number } },
): Share {
  return {
    cpu: end.cpu - start.cpu,
    wall: end.wall - start.wall,
    frames: after.frames - before.frames,
    packets: after.rtp.packets - before.rtp.packets,
  };
}

async function figures(share: Share, { client }: Person, phone: Handset) {
  const { receive } = await phone.status();
  return {
    codec: receive.codec,
    width: receive.width,
    height: receive.height,
    seconds: rounded(share.wall, 1),
    cpu_percent_of_core: rounded((share.cpu / share.wall) * 100, 2),
    frames_per_second: rounded(share.frames / share.wall, 1),
    packets_per_second: rounded(share.packets / share.wall, 1),
    packets_per_second_and_core: Math.round(share.packets / Math.max(share.cpu, 0.01)),
    sent_by_browser: await client.sending(),
  };
}
