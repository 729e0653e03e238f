// Several watch one upload: each is shown what it can take, and is missed by nobody when it leaves.

import type { Handset } from '../support/handset.ts';
import { score, watch } from '../support/pictures.ts';
import { expect, test } from '../support/test.ts';

const ENOUGH = 15;
const GOOD_DB = 22;
const CAMERA = '640x480';

function seesPictures(handset: Handset, more: number) {
  return handset.until(
    `sees ${more} more right pictures`,
    ({ receive }) => (receive.pattern?.right ?? 0) >= more,
    20_000,
  );
}

test('a page shows two handsets and another page at once, and sees who leaves (R2.7)', async ({ person, handset }) => {
  const old = await handset('old-phone', 'nokia-6680');
  const newer = await handset('newer-phone', 'nokia-5230');
  const anna = await person('anna');
  const bruno = await person('bruno');
  const { client } = anna;
  const stands = (number: string, standing: string) =>
    expect(client.part(`watcher-${number}`)).toHaveAttribute('data-standing', standing, { timeout: 10_000 });

  await client.share(old.number);
  await client.expectBanner('live');
  await stands(old.number, 'watches');

  // One by the number typed, one from the list.
  await client.part('roster-add').click();
  await client.part('roster-typed').fill(newer.number);
  await client.part('roster-typed').press('Enter');
  await client.part(`ask-${bruno.account.number}`).click();
  await client.part('roster-typed').press('Escape');
  await expect(client.part('roster-adding')).toBeHidden();
  await client.expectBanner('live');
  await bruno.client.part('incoming-watch').click();
  for (const number of [old.number, newer.number, bruno.account.number]) await stands(number, 'watches');
  await expect(client.part('roster-said')).toContainText('3');

  const [first, second, third] = await Promise.all([
    seesPictures(old, ENOUGH),
    seesPictures(newer, ENOUGH),
    watch(bruno.client.stage, ENOUGH + 5).then((pictures) => score(pictures, CAMERA)),
  ]);
  expect(first.receive.codec ?? '').toMatch(/263/);
  expect(second.receive.codec ?? '').toMatch(/264/);
  for (const { receive } of [first, second]) expect(receive.pattern!.psnr_db_mean).toBeGreaterThanOrEqual(GOOD_DB);
  expect(third.right).toBeGreaterThanOrEqual(ENOUGH);
  // One upload, one encoder.
  const senders = await client.page.evaluate(() => window.connections.filter((of) => of.connectionState === 'connected').length);
  expect(senders).toBe(1);

  // Whoever it began with leaves; the others go on.
  await old.end();
  await stands(old.number, 'left');
  await client.part(`remove-${newer.number}`).click();
  await stands(newer.number, 'removed');
  await newer.until('is free again', ({ call }) => call === null);
  const later = await score(await watch(bruno.client.stage, ENOUGH), CAMERA);
  expect(later.right).toBeGreaterThanOrEqual(ENOUGH - 3);
  await client.part('stop-button').click();
  await client.expectCameraOff();
  await bruno.client.expectEnded('ended-by-them');
});
