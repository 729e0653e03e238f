// A camera that cannot be had is explained, and nobody is called.

import { launch } from '../support/chromium.ts';
import { expect, test } from '../support/test.ts';

test('the camera is refused', async ({ person, handset }) => {
  const phone = await handset('phone', 'nokia-6680');
  const { client } = await person('anna', { permissions: [] });
  await client.openSlot(phone.number);
  await expect(client.part('camera-problem')).toHaveAttribute('data-problem', 'refused');
  expect((await phone.status()).call).toBeNull();
});

test('there is no camera', async ({ person, handset }) => {
  const phone = await handset('phone', 'nokia-6680');
  const browser = await launch();
  const { client } = await person('anna', { browser });
  await client.openSlot(phone.number);
  await expect(client.part('camera-problem')).toHaveAttribute('data-problem', 'missing');
  expect((await phone.status()).call).toBeNull();
  await browser.close();
});
