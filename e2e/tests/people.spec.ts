// People of one's own: typed, kept, found, exchanged.

import { readFile } from 'node:fs/promises';

import type { ClientPage } from '../support/page.ts';
import { expect, test } from '../support/test.ts';

// Numbers are typed as one dials them in Britain.
test.use({ settings: { home: { country_code: '44', trunk_prefix: '0', international_prefix: '00' } } });

/** `+447700900001` as it is dialled at home. */
function national(number: string): string {
  return number.replace(/^\+44(\d{4})/, '0$1 ');
}

async function writeDown(client: ClientPage, name: string, ...ways: string[]): Promise<void> {
  await client.part('person-add').click();
  await client.part('person-name-field').fill(name);
  for (const [at, way] of ways.entries()) {
    if (at > 0) await client.part('person-another').click();
    await client.part(`person-way-${at}`).fill(way);
  }
  await client.part('person-save').click();
  await expect(client.part('people-list')).toContainText(name);
}

test('somebody written down by a national number sees the camera, and is there after a reload (R7.1, R7.3)', async ({
  person,
  handset,
}) => {
  const phone = await handset('old-phone', 'nokia-6680');
  const { client, account } = await person('anna');
  await writeDown(client, 'Zoë Ångström', national(phone.number));
  // She is the handset of the directory, by our own name for it.
  await expect(client.part(`contact-${phone.number}`)).toContainText('Zoë Ångström');
  await client.share(phone.number);
  await client.expectBanner('live');
  await expect(client.part('live-banner')).toContainText('Zoë Ångström');
  await phone.until('sees 15 right pictures', ({ receive }) => (receive.pattern?.right ?? 0) >= 15);
  await client.part('stop-button').click();
  await client.expectEnded('ended-by-me');

  await client.page.reload();
  await client.signIn(account);
  await expect(client.part('people-recent')).toContainText('Zoë Ångström');
  await expect(client.part('recent')).toContainText('Zoë Ångström');
});

test('people leave as a file of cards and come back from it (R7.1)', async ({ person }) => {
  const { client } = await person('anna');
  await writeDown(client, 'Zoë; \\ Ångström, née X', '020 7946 0148', 'zoe@example.com');
  await client.part('details-open').click();
  const download = client.page.waitForEvent('download');
  await client.part('people-export').click();
  const file = await (await download).path();
  const text = await readFile(file, 'utf8');
  expect(text).toContain('TEL;VALUE=uri;PREF=1:tel:+442079460148');

  await client.part('details-+442079460148').click();
  await client.part('person-delete').click();
  await expect(client.part('people-list')).not.toContainText('Zoë');
  const torn = 'BEGIN:VCARD\r\nFN:Ben\r\n';
  const both = { name: 'people.vcf', mimeType: 'text/vcard', buffer: Buffer.from(text + torn) };
  await client.part('people-import').setInputFiles(both);
  await expect(client.part('import-counts')).toHaveText('1 added, 1 left out.');
  await expect(client.part('import-report')).toContainText('Ben (card 2)');
  await client.part('import-read').click();
  await client.part('details-+442079460148').click();
  await expect(client.part('person-name')).toHaveText('Zoë; \\ Ångström, née X');
  await expect(client.part('person-card')).toContainText('zoe@example.com');
});

test('with a keyboard alone: found without accents, made a favourite, turned to (R7.3)', async ({ person }) => {
  const { client } = await person('anna');
  await writeDown(client, 'Zoë Ångström', '020 7946 0148');
  await writeDown(client, 'Ben Okafor', '020 7946 0200');
  const keys = client.page.keyboard;
  // Saving left the focus in the field.
  await expect(client.part('people-find')).toBeFocused();
  await keys.type('angstrom zo');
  await expect(client.part('contact-+442079460200')).toBeHidden();
  await keys.press('ArrowDown');
  await expect(client.part('contact-+442079460148')).toBeFocused();
  await keys.press('Tab');
  await keys.press('Enter');
  await expect(client.part('person-name')).toBeFocused();
  for (const _ of ['share', 'say', 'star']) await keys.press('Tab');
  await expect(client.part('person-star')).toBeFocused();
  await keys.press('Space');
  await expect(client.part('person-star')).toHaveAttribute('aria-pressed', 'true');
  await keys.press('Escape');
  await expect(client.part('people-find')).toBeFocused();
  await keys.press('ControlOrMeta+a');
  await keys.press('Delete');
  await expect(client.part('people-favourites')).toContainText('Zoë Ångström');
  await keys.type('020 7946 01');
  await keys.press('Enter');
  await expect(client.part('slot')).toBeFocused();
  await expect(client.part('contact-+442079460148')).toHaveAttribute('aria-pressed', 'true');
});

test('a number that nobody has is said so in plain words (R7.1, R7.7)', async ({ person }) => {
  const { client } = await person('anna');
  await client.part('people-find').fill('7946 0999');
  await expect(client.part('typed-problem')).toContainText('area code');
  await client.part('people-find').fill('020 7946 0999');
  await client.part('typed-share').click();
  await client.part('slot').press('Enter');
  await expect(client.part('preview-video')).toBeVisible();
  await client.part('send-button').click();
  await client.expectEnded('not-found');
  await expect(client.part('ended-cause')).toContainText('No phone with that number');
  await client.expectCameraOff();
});

test('somebody picked from the address book of the device is called by the number there (R7.1)', async ({ gateway, visitor }) => {
  const client = await visitor();
  // Chromium has the Contact Picker on Android alone: here stands one that answers as it does.
  await client.page.addInitScript(() => {
    const select = async () => [{ name: ['Zoë Ångström'], tel: ['020 7946 0148'], email: [] }];
    Object.defineProperty(navigator, 'contacts', { value: { select, getProperties: async () => ['name', 'tel', 'email'] } });
  });
  await client.page.reload();
  await client.signIn(await gateway.addAccount('anna'));
  await client.part('details-open').click();
  await client.part('people-pick').click();
  await expect(client.part('import-counts')).toHaveText('1 added.');
  await expect(client.part('contact-+442079460148')).toContainText('Zoë Ångström');
});
