// What somebody's phone can do is seen before anything is shown to it.

import { expect, test } from '../support/test.ts';

test('who is looked at says whether they can watch: a page, an old handset, one that takes but pictures without a call (R1.4, R1.5)', async ({
  person,
  handset,
}) => {
  const old = await handset('old-phone', 'nokia-6680');
  const strict = await handset('strict-phone', 'rcs-e');
  const { client } = await person('anna');
  const { account: ben } = await person('ben');
  const can = client.part('can');
  for (const [number, expected] of [
    [ben.number, 'live-video'],
    // It answers no question, which says nothing against it.
    [old.number, 'live-video'],
    [strict.number, 'pictures-only'],
  ] as const) {
    await client.part(`contact-${number}`).click();
    await client.part('share-button').click();
    await expect(can).toHaveAttribute('data-can', expected);
  }
});
