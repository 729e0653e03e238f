// A network that loses packets: what is seen is right, and goes on as soon as nothing is lost any more.

import type { Handset } from '../support/handset.ts';
import { expect, test as inNetwork } from '../support/network.ts';
import { score, watch } from '../support/pictures.ts';

const test = inNetwork.extend({
  settings: async ({ mediaPort }, use) => use({ media: { workers: 1, webrtc_port: mediaPort } }),
});

/** One packet in ten, either way. */
const LOSS = 0.1;
/** Some seconds' worth. */
const ENOUGH_LOST = 40;
/** From the end of the loss to the first right picture. */
const RECOVERY_MS = 1_000;
/** Below this a person sees the damage. */
const GOOD_DB = 25;

async function right(phone: Handset): Promise<number> {
  return (await phone.status()).receive.pattern?.right ?? 0;
}

for (const profile of ['nokia-6680', 'nokia-5230'] as const) {
  test(`a camera behind a losing network reaches a ${profile}`, async ({ network, traveller, listener }) => {
    const { phone } = await listener('phone', profile);
    const { client } = await traveller('anna');
    await client.share(phone.number);
    await client.expectBanner('live');
    await phone.until('sees pictures', ({ receive }) => (receive.pattern?.right ?? 0) >= 20, 20_000);

    network.losePictures(LOSS);
    const before = await right(phone);
    await expect.poll(() => network.lostPackets, { timeout: 30_000 }).toBeGreaterThanOrEqual(ENOUGH_LOST);
    const during = (await right(phone)) - before;
    expect(during, 'pictures while packets are lost').toBeGreaterThanOrEqual(20);

    network.losePictures(0);
    const at = await right(phone);
    await phone.until('sees pictures again', ({ receive }) => (receive.pattern?.right ?? 0) > at, RECOVERY_MS);
    const { receive } = await phone.until(
      'goes on seeing them',
      ({ receive }) => (receive.pattern?.right ?? 0) >= at + 30,
      10_000,
    );
    // What was decoded and could not be read was damaged.
    expect(receive.pattern!.right).toBeGreaterThanOrEqual(receive.frames - 2);
    expect(receive.pattern!.psnr_db_mean).toBeGreaterThanOrEqual(GOOD_DB);
  });
}

test('a page behind a losing network sees a handset', async ({ network, traveller, listener }) => {
  const { phone } = await listener('old-phone');
  const { client, account } = await traveller('anna');
  await phone.share(account.number);
  await client.part('incoming-watch').click();
  await watch(client.stage, 10);

  network.losePictures(LOSS);
  const during = await score(await watch(client.stage, 40), '176x144');
  expect(during.right).toBeGreaterThanOrEqual(36);

  network.losePictures(0);
  const seen = await score(await watch(client.stage, 20, 3_000), '176x144');
  expect(seen.right).toBeGreaterThanOrEqual(20);
  expect(seen.psnrDb).toBeGreaterThanOrEqual(GOOD_DB);
});
