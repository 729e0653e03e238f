// Beside a voice call: said by the person, told by the network, taken from a link.

import { randomBytes } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { runFolder } from '../support/environment.ts';
import type { Gateway } from '../support/gateway.ts';
import { expect, test } from '../support/test.ts';

test('the end of a call that was said ends the share, and hold refuses the next (R1.25, R1.26)', async ({ person, handset }) => {
  const phone = await handset('old-phone', 'nokia-6680');
  const { client, account } = await person('anna');
  await client.part(`contact-${phone.number}`).click();
  await client.part('say-on-the-phone').click();
  await expect(client.part('call-bar')).toHaveAttribute('data-stands', 'connected');
  await expect(client.part('call-who')).toHaveText('On the phone with old-phone');
  await expect(client.part('call-clock')).toHaveText(/^0:\d\d$/);
  await client.part('slot').press('Enter');
  await client.part('send-button').click();
  await client.expectBanner('live');
  await client.part('call-hold').click();
  await client.expectEnded('call-held');
  await client.expectCameraOff();
  const { last_end } = await phone.until('is free again', ({ call }) => call === null);
  expect(last_end?.by).toBe('peer');
  await client.part('ended-done').click();

  await phone.share(account.number);
  await phone.until('was refused', (status) => status.last_end?.status === 480);
  await expect(client.part('incoming-card')).toBeHidden();

  await client.part('call-back').click();
  await phone.share(account.number);
  await expect(client.part('incoming-card')).toBeVisible();
  await expect(client.part('incoming-no-call')).toBeHidden();
  await client.part('incoming-watch').click();
  await client.part('call-ended').click();
  await client.expectEnded('call-ended');
  await expect(client.part('call-announcer')).toHaveText('The call has ended.');
  await phone.until('is free again', ({ call }) => call === null);
});

test.describe('where the network tells of calls', () => {
  const token = randomBytes(32).toString('hex');

  test.use({
    settings: async ({}, use) => {
      const file = join(runFolder(), `token-${randomBytes(6).toString('hex')}`);
      writeFileSync(file, `${token}\n`);
      await use({ calls: { context: 'network', share_without_call: 'refuse', events_token_file: file } });
    },
  });

  async function tell(gateway: Gateway, event: string, from: string, to: string): Promise<void> {
    const answer = await fetch(new URL('/api/v1/calls/events', gateway.page), {
      method: 'POST',
      headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
      body: JSON.stringify({ call: 'one', event, from, to }),
    });
    expect(answer.status, await answer.text()).toBe(204);
  }

  test('its word reaches the page and ends the share (R4.1, R1.25, R1.27)', async ({ gateway, person, handset }) => {
    const phone = await handset('old-phone', 'nokia-6680');
    const { client, account } = await person('anna');
    // Nobody talks: the gateway itself refuses, and the person's word would not count.
    await expect(client.part('say-button')).toHaveCount(0);
    await client.share(phone.number);
    await client.expectEnded('cannot-watch');
    await client.part('ended-done').click();

    await tell(gateway, 'started', account.number, phone.number);
    await expect(client.part('call-bar')).toHaveAttribute('data-source', 'network');
    await client.part('slot').press('Enter');
    await client.part('send-button').click();
    await client.expectBanner('live');
    await tell(gateway, 'ended', account.number, phone.number);
    await client.expectEnded('call-ended');
    await client.expectCameraOff();
    await phone.until('is free again', ({ call }) => call === null);
    await expect(client.part('call-bar')).toBeHidden();
    await gateway.expectNoCallLeft();
  });
});

test('a link with a number opens the page on that number (R4.1)', async ({ gateway, visitor }) => {
  const account = await gateway.addAccount('anna');
  const to = encodeURIComponent('tel:+44-7700-900417');
  const client = await visitor({ url: `${gateway.page}/?to=${to}` });
  await client.signIn(account);
  await client.part('say-on-the-phone').click();
  await expect(client.part('call-who')).toHaveText('On the phone with +447 700 900 417');
  expect(new URL(client.page.url()).search).toBe('');
});
