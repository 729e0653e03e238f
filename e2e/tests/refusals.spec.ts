// No picture, and both sides know why.

import { expect, test } from '../support/test.ts';

test('a handset that declines', async ({ person, handset }) => {
  const phone = await handset('phone', 'nokia-6680', 'decline');
  const { client } = await person('anna');
  await client.share(phone.number);
  await client.expectEnded('declined');
  await client.expectCameraOff();
});

test('a person who declines', async ({ person, handset }) => {
  const phone = await handset('phone', 'nokia-6680');
  const { client, account } = await person('anna');
  await phone.share(account.number);
  await client.part('incoming-decline').click();
  const { last_end } = await phone.until('is refused', ({ last_end }) => last_end);
  expect(last_end?.by).toBe('peer');
  expect(last_end?.status).toBe(603);
  await expect(client.part('incoming-card')).toBeHidden();
});

test('a handset that is busy', async ({ person, handset }) => {
  const phone = await handset('phone', 'nokia-6680', 'busy');
  const { client } = await person('anna');
  await client.share(phone.number);
  await client.expectEnded('busy');
  await client.expectCameraOff();
});

test('a person who hangs up before the handset answers', async ({ person, handset }) => {
  const phone = await handset('phone', 'nokia-6680', 'ring');
  const { client } = await person('anna');
  await client.share(phone.number);
  await client.expectBanner('ringing');
  await phone.until('rings', ({ call }) => call?.state === 'ringing');
  await client.part('stop-button').click();
  await client.expectCameraOff();
  const { last_end } = await phone.until('stops ringing', ({ call }) => call === null);
  expect(last_end?.by).toBe('peer');
});

test('a handset that hangs up before the person answers', async ({ person, handset }) => {
  const phone = await handset('phone', 'nokia-6680');
  const { client, account } = await person('anna');
  await phone.share(account.number);
  await expect(client.part('incoming-card')).toBeVisible();
  await phone.end();
  await expect(client.part('incoming-card')).toBeHidden();
});

test('somebody who is not there', async ({ gateway, person }) => {
  const absent = await gateway.addAccount('absent');
  const { client } = await person('anna');
  await client.share(absent.number);
  await client.expectEnded('no-answer');
  await client.expectCameraOff();
});

test('a wrong password', async ({ gateway, visitor }) => {
  const account = await gateway.addAccount('anna');
  const client = await visitor();
  await client.enter(account.name, `${account.password}x`);
  await expect(client.part('sign-in-error')).toBeVisible();
  await client.signIn(account);
});
