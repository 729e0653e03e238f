// Three watchers on one upload next to three shares with one watcher each: what it costs the gateway and who shows.

import type { Page } from '@playwright/test';

import type { Handset } from '../support/handset.ts';
import { moment, rounded } from '../support/measure.ts';
import { report } from '../support/report.ts';
import { type Person, expect, test } from '../support/test.ts';

/** The first seconds belong to keyframes and to the browsers' bandwidth probes. */
const SETTLED_FRAMES = 60;
const MEASURED_MS = Number(process.env['SIDECAM_MEASURED_SECONDS'] ?? '20') * 1000;

test.setTimeout(180_000);

interface Sent {
  bytes: number;
  encoders: number;
}

/** What all connections of a page have sent, and how many of them encode. */
function sent(page: Page): Promise<Sent> {
  return page.evaluate(async () => {
    const all = { bytes: 0, encoders: 0 };
    for (const connection of window.connections) {
      if (connection.connectionState !== 'connected') continue;
      const report = (await connection.getStats()) as unknown as Map<string, Record<string, any>>;
      for (const entry of report.values()) {
        if (entry['type'] !== 'outbound-rtp' || entry['kind'] !== 'video') continue;
        all.bytes += (entry['bytesSent'] ?? 0) + (entry['headerBytesSent'] ?? 0);
        all.encoders += 1;
      }
    }
    return all;
  });
}

async function measured(name: string, processId: number, sharers: Person[], phones: Handset[]): Promise<void> {
  for (const phone of phones) await phone.until('has settled', ({ receive }) => receive.frames >= SETTLED_FRAMES, 60_000);
  const all = async () => {
    const each = await Promise.all(sharers.map(({ client }) => sent(client.page)));
    return each.reduce((sum, one) => ({ bytes: sum.bytes + one.bytes, encoders: sum.encoders + one.encoders }));
  };
  const frames = async () => {
    const each = await Promise.all(phones.map((phone) => phone.status()));
    return each.map(({ receive }) => receive.frames);
  };
  const [start, before, seen] = [await moment(processId), await all(), await frames()];
  await new Promise((resolve) => setTimeout(resolve, MEASURED_MS));
  const [end, after, later] = [await moment(processId), await all(), await frames()];
  const wall = end.wall - start.wall;
  const each = later.map((count, at) => rounded((count - seen[at]!) / wall, 1));
  for (const rate of each) expect(rate).toBeGreaterThan(3);
  await report(name, {
    seconds: rounded(wall, 1),
    cpu_percent_of_core: rounded(((end.cpu - start.cpu) / wall) * 100, 2),
    uplink_bits_per_second: Math.round(((after.bytes - before.bytes) * 8) / wall),
    encoders_of_sharers: after.encoders,
    handsets_frames_per_second: each,
  });
}

test('three watchers on one upload', async ({ gateway, person, handset }) => {
  const phones = [await handset('old-phone', 'nokia-6680'), await handset('newer-phone', 'nokia-5230')];
  const anna = await person('anna');
  const bruno = await person('bruno');
  await anna.client.share(phones[0]!.number);
  await anna.client.expectBanner('live');
  await anna.client.part('roster-add').click();
  await anna.client.part('roster-typed').fill(phones[1]!.number);
  await anna.client.part('roster-typed').press('Enter');
  await anna.client.part(`ask-${bruno.account.number}`).click();
  await bruno.client.part('incoming-watch').click();
  await expect(bruno.client.stage).toBeVisible();
  await measured('watchers', gateway.processId, [anna], phones);
});

test('three shares with one watcher each', async ({ gateway, person, handset }) => {
  const phones = [await handset('old-phone', 'nokia-6680'), await handset('newer-phone', 'nokia-5230')];
  const sharers = [await person('anna'), await person('clara'), await person('doris')];
  const bruno = await person('bruno');
  const watchers = [phones[0]!.number, phones[1]!.number, bruno.account.number];
  for (const [at, { client }] of sharers.entries()) {
    await client.share(watchers[at]!);
    if (at === 2) await bruno.client.part('incoming-watch').click();
    await client.expectBanner('live');
  }
  await measured('separate', gateway.processId, sharers, phones);
});
