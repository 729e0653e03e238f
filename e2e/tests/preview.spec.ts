// From the press that opens the cover to one's own first picture: what a person feels of the page's quickness.

import { PREVIEW_AT_MOST_MS, previews } from '../support/preview.ts';
import { expect, test } from '../support/test.ts';

test('one sees oneself at once when the cover opens', async ({ person, handset }) => {
  const phone = await handset('phone', 'nokia-6680');
  const { client } = await person('anna');
  const times = await previews(client, phone.number, 5);
  const said = times.map((time) => Math.round(time)).join(', ');
  test.info().annotations.push({ type: 'milliseconds to the first picture', description: said });
  console.log(`    first picture of oneself after ${said} ms`);
  // The first of all starts the browser's camera service too; the quickest is the page's own time, the rest the machine's.
  expect(Math.min(...times), `${said} ms`).toBeLessThan(PREVIEW_AT_MOST_MS);
});
