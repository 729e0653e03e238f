// The gateway ends and comes back while people use it.

import { expect, test } from '../support/test.ts';

/** Chromium reports every refused connection by itself. */
const CONNECTION_REFUSED = /WebSocket connection to .* failed|ERR_CONNECTION_REFUSED/;

test('a gateway that restarts finds its people again', async ({ gateway, person, handset }) => {
  const phone = await handset('phone', 'nokia-6680');
  const { client } = await person('anna', { mayComplain: CONNECTION_REFUSED });
  await gateway.stop();
  await expect(client.part('registration-state')).toHaveAttribute('data-state', 'reconnecting');
  await gateway.restart();
  await client.expectRegistered(30_000);

  await client.share(phone.number);
  await client.expectBanner('live');
  await phone.until('sees pictures', ({ receive }) => (receive.pattern?.right ?? 0) >= 10, 30_000);
});

test('SIGTERM ends a running share with a BYE', async ({ gateway, person, handset }) => {
  const phone = await handset('phone', 'nokia-6680');
  const { client } = await person('anna', { mayComplain: CONNECTION_REFUSED });
  await client.share(phone.number);
  await phone.until('sees pictures', ({ receive }) => (receive.pattern?.right ?? 0) >= 10, 30_000);
  await gateway.stop();
  const { last_end } = await phone.until('is hung up', ({ call }) => call === null, 5_000);
  expect(last_end?.by).toBe('peer');
  await expect(client.part('registration-state')).toHaveAttribute('data-state', 'reconnecting');
  await client.expectCameraOff();
});
