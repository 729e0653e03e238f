// How long it takes from the slide's opening to the first picture on each model of handset.

import { Gateway } from '../support/gateway.ts';
import { Handset, type Profile } from '../support/handset.ts';
import { spread } from '../support/measure.ts';
import { ClientPage } from '../support/page.ts';
import { report } from '../support/report.ts';
import { test } from '../support/test.ts';

const PROFILES: Profile[] = [
  'nokia-6630',
  'nokia-6680',
  'nokia-n70',
  'nokia-5230',
  'operator-variant',
  'rcs-e',
  'ims-terminal',
];
const SHARES = Number(process.env['SIDECAM_SHARES'] ?? '20');

/** The first share of a page loads what later ones have: it is made, and not counted. */
const WARM_UP = 1;

test(`${SHARES} shares to each model`, async ({ filming }) => {
  test.setTimeout(PROFILES.length * (SHARES + WARM_UP) * 10_000);
  const gateway = await Gateway.start();
  const accounts = new Map<Profile, Awaited<ReturnType<Gateway['addAccount']>>>();
  for (const profile of PROFILES) accounts.set(profile, await gateway.addAccount(profile));
  const anna = await gateway.addAccount('anna');
  const client = await ClientPage.open(filming, gateway.page, ['camera']);
  await client.signIn(anna);
  const figures: Record<string, object> = {};
  for (const profile of PROFILES) {
    const phone = await Handset.start(gateway, accounts.get(profile)!, profile, 'answer', ['--in-call', anna.number]);
    const fromSlide: number[] = [];
    const fromSend: number[] = [];
    let codec: string | null = null;
    for (let count = 0; count < SHARES + WARM_UP; count += 1) {
      const seen = await oneShare(client, phone);
      codec = seen.codec;
      if (count < WARM_UP) continue;
      fromSlide.push(seen.at - seen.slide);
      fromSend.push(seen.at - seen.send);
    }
    await phone.stop();
    figures[profile] = { codec, shares: SHARES, from_slide_ms: spread(fromSlide), from_send_ms: spread(fromSend) };
  }
  await client.close();
  await gateway.stop();
  await report('share', figures);
});

/** When the slide opened, when it was sent, and when the handset had decoded a picture: milliseconds since 1970. */
async function oneShare(client: ClientPage, phone: Handset) {
  await client.part(`contact-${phone.number}`).click();
  await client.part('share-button').click();
  await client.part('slot').waitFor();
  const slide = Date.now();
  await client.part('slot').press('Enter');
  await client.part('preview-video').waitFor();
  const send = Date.now();
  await client.part('send-button').click();
  const status = await phone.until('has a picture', ({ receive, call }) => call && receive.frames > 0 && receive.first_picture_ms !== null, 30_000);
  const asked = Date.now();
  // Both are counted from the handset's 200.
  const at = asked - (status.call!.since_ms - status.receive.first_picture_ms!);
  await client.part('stop-button').click();
  await phone.until('is free again', ({ call }) => call === null);
  return { slide, send, at, codec: status.receive.codec };
}
