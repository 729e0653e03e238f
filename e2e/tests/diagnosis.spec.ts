// Why it did not work, as the person reads it and as the operator gets it.

import { readFile } from 'node:fs/promises';

import type { ClientPage } from '../support/page.ts';
import { expect, test } from '../support/test.ts';

async function saved(client: ClientPage, part: string): Promise<Buffer> {
  const download = client.page.waitForEvent('download');
  await client.part(part).click();
  return readFile(await (await download).path());
}

test('a share that worked is told with its path, keys, pictures and what the gateway saw', async ({ person, handset }) => {
  const phone = await handset('phone', 'nokia-6680');
  const { client } = await person('anna');
  await client.share(phone.number);
  await phone.until('sees pictures', ({ receive }) => receive.frames > 30);
  await client.part('stop-button').click();
  await client.expectEnded('ended-by-me');
  await client.part('why').first().click();
  await expect(client.part('verdict')).toHaveAttribute('data-verdict', 'worked');
  for (const lane of ['signalling', 'path', 'keys', 'pictures']) {
    await expect(client.part('ladder').locator(`[data-lane="${lane}"]`).first()).toBeAttached();
  }
  await expect(client.part('diagnosis-far')).toContainText(/[1-9]/);
  const packets = await saved(client, 'save-packets');
  expect(packets.readUInt32LE(0)).toBe(0x0a0d0d0a);
  expect(packets.includes('INVITE')).toBe(true);
  const rest = JSON.parse((await saved(client, 'save-rest')).toString());
  expect(rest.call.verdict).toBe('worked');
  expect(rest.call.gateway_packets.to_them).toBeGreaterThan(10);
  for (const file of [packets, Buffer.from(JSON.stringify(rest))]) {
    expect(file.includes(phone.number)).toBe(false);
    expect(file.includes('Digest username')).toBe(false);
  }
  await client.page.keyboard.press('Escape');
  await expect(client.part('diagnosis')).toBeHidden();
});

test('a refusal has its verdict', async ({ person, handset }) => {
  const phone = await handset('phone', 'nokia-6680', 'decline');
  const { client } = await person('anna');
  await client.share(phone.number);
  await client.expectEnded('declined');
  await client.part('why').first().click();
  await expect(client.part('verdict')).toHaveAttribute('data-verdict', 'declined');
  await expect(client.part('ladder')).toContainText('603');
});
