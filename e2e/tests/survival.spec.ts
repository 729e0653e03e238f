// A share outlives the connection that set it up: the handset knows nothing of it, and the page mends it.

import type { ClientPage } from '../support/page.ts';
import type { Handset } from '../support/handset.ts';
import { expect, test as inNetwork } from '../support/network.ts';
import { watch } from '../support/pictures.ts';

const GRACE_SECONDS = 20;

const test = inNetwork.extend({
  settings: async ({ mediaPort }, use) =>
    use({ media: { workers: 1, webrtc_port: mediaPort }, calls: { grace: `${GRACE_SECONDS}s` } }),
});

/** Pictures of a second or two. */
const SOME = 20;

/** Waits until the handset has seen so many more right pictures. */
async function expectMorePictures(phone: Handset, withinMs = 20_000): Promise<void> {
  const before = (await phone.status()).receive.pattern?.right ?? 0;
  await phone.until(`sees ${SOME} more`, ({ receive }) => (receive.pattern?.right ?? 0) >= before + SOME, withinMs);
}

/** Pictures come to the page. */
async function expectShown(client: ClientPage): Promise<void> {
  expect((await watch(client.stage, SOME)).length).toBe(SOME);
}

async function expectLink(client: ClientPage, state: 'up' | 'reconnecting', withinMs = 15_000): Promise<void> {
  await expect(client.banner).toHaveAttribute('data-link', state, { timeout: withinMs });
}

/** What a handset was asked, but for keyframes and signs of life. */
function requests(told: string[]): string[] {
  const methods = told.filter((line) => !line.startsWith('SIP/2.0')).map((line) => line.split(' ')[0] ?? '');
  return methods.filter((method) => method !== 'INFO' && method !== 'OPTIONS');
}

test('a socket that drops in mid share does not end it', async ({ network, traveller, listener }) => {
  const { phone, told } = await listener('old-phone');
  const { client } = await traveller('anna');
  await client.share(phone.number);
  await client.expectBanner('live');
  await expectMorePictures(phone);
  const { call } = await phone.status();
  const asked = requests(told);

  network.web.cut();
  await expectLink(client, 'reconnecting');
  await client.expectBanner('live');
  await expectMorePictures(phone);
  const tries = network.web.asked;
  await expect.poll(() => network.web.asked, { message: 'it keeps trying', timeout: 10_000 }).toBeGreaterThan(tries);

  network.web.mend();
  await expectLink(client, 'up');
  await client.expectRegistered();
  await expectMorePictures(phone);
  const after = await phone.status();
  expect(after.call?.id).toBe(call?.id);
  expect(after.ended_calls).toBe(0);
  expect(requests(told), 'the handset is asked nothing').toEqual(asked);

  await client.part('stop-button').click();
  await client.expectCameraOff();
  const { last_end } = await phone.until('is free again', ({ call }) => call === null);
  expect(last_end?.by).toBe('peer');
});

test('a socket that swallows everything is found out and replaced', async ({ network, traveller, listener }) => {
  const { phone } = await listener('old-phone');
  const { client } = await traveller('anna');
  await client.share(phone.number);
  await expectMorePictures(phone);

  network.web.swallow();
  await expectLink(client, 'reconnecting');
  network.web.mend();
  await expectLink(client, 'up', 20_000);
  await expectMorePictures(phone);
  expect((await phone.status()).ended_calls).toBe(0);
});

test('pictures find a new way when the old one is gone', async ({ network, traveller, listener }) => {
  const { phone, told } = await listener('old-phone');
  const { client } = await traveller('anna');
  await client.share(phone.number);
  await expectMorePictures(phone);

  await network.changePicturesWay(client.page);
  await network.expectNewWay(client.page);
  await expectLink(client, 'up', 20_000);
  await expectMorePictures(phone);
  expect((await phone.status()).ended_calls).toBe(0);
  expect(requests(told)).not.toContain('BYE');
});

test('a device that changes its address keeps its share', async ({ network, traveller, listener }) => {
  const { phone } = await listener('old-phone');
  const { client } = await traveller('anna');
  await client.share(phone.number);
  await expectMorePictures(phone);

  network.web.cut();
  await network.changePicturesWay(client.page);
  await expectLink(client, 'reconnecting');
  network.web.mend();
  await network.expectNewWay(client.page);
  await expectLink(client, 'up', 30_000);
  await expectMorePictures(phone);
  expect((await phone.status()).ended_calls).toBe(0);
});

test('watching goes on after a socket dropped', async ({ network, traveller, listener }) => {
  const { phone } = await listener('old-phone');
  const { client, account } = await traveller('anna');
  await phone.share(account.number);
  await client.part('incoming-watch').click();
  await expectShown(client);

  network.web.cut();
  await expectLink(client, 'reconnecting');
  await expectShown(client);
  network.web.mend();
  await expectLink(client, 'up');
  await expectShown(client);
  await client.part('watch-stop').click();
  await phone.until('is free again', ({ call }) => call === null);
});

test('a page that stays away ends the share on both sides', async ({ network, traveller, listener }) => {
  const { phone } = await listener('old-phone');
  const { client } = await traveller('anna');
  await client.share(phone.number);
  await expectMorePictures(phone);

  network.web.cut();
  const { last_end } = await phone.until('is hung up', ({ call }) => call === null, (GRACE_SECONDS + 5) * 1_000);
  expect(last_end?.by).toBe('peer');
  expect(last_end?.reason).toContain('lost');
  await client.expectEnded('lost');
  await expect(client.part('ended-cause')).toContainText('The connection was lost');
  await client.expectCameraOff();
});

test('an end that came meanwhile is learnt on coming back', async ({ network, traveller, listener }) => {
  const { phone } = await listener('old-phone');
  const { client } = await traveller('anna');
  await client.share(phone.number);
  await expectMorePictures(phone);

  network.web.cut();
  await expectLink(client, 'reconnecting');
  await phone.end();
  await phone.until('is free again', ({ call }) => call === null);
  network.web.mend();
  await client.expectEnded('ended-by-them');
  await client.expectCameraOff();
});

test('stopping while cut off turns the camera off at once and is told on coming back', async ({
  network,
  traveller,
  listener,
}) => {
  const { phone } = await listener('old-phone');
  const { client } = await traveller('anna');
  await client.share(phone.number);
  await expectMorePictures(phone);

  network.web.cut();
  await expectLink(client, 'reconnecting');
  await client.part('stop-button').click();
  await client.expectCameraOff();
  await client.expectEnded('ended-by-me');
  network.web.mend();
  await phone.until('is free again', ({ call }) => call === null);
});

test('closing the page ends the share at once', async ({ traveller, listener }) => {
  const { phone } = await listener('old-phone');
  const { client } = await traveller('anna');
  await client.share(phone.number);
  await expectMorePictures(phone);
  // Who is in a share is asked first.
  client.page.once('dialog', (question) => question.accept());
  await client.page.close({ runBeforeUnload: true });
  const { last_end } = await phone.until('is hung up', ({ call }) => call === null, 3_000);
  expect(last_end?.by).toBe('peer');
});
