// How long it takes from the press that opens the cover to one's own first picture.

import { spread } from '../support/measure.ts';
import { PREVIEW_AT_MOST_MS, previews } from '../support/preview.ts';
import { report } from '../support/report.ts';
import { test } from '../support/test.ts';

const TIMES = 2 * Number(process.env['SIDECAM_SHARES'] ?? '20');

test(`${TIMES} previews of one's own`, async ({ person, handset }) => {
  test.setTimeout(60_000 + TIMES * 5_000);
  const phone = await handset('phone', 'nokia-6680');
  const { client } = await person('anna');
  // The first of all starts the browser's camera service too.
  const [first, ...times] = await previews(client, phone.number, TIMES + 1);
  await report('preview', { times: TIMES, aim_ms: PREVIEW_AT_MOST_MS, first_of_all_ms: Math.round(first ?? 0), own_preview_ms: spread(times) });
});
