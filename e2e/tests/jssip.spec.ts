// A foreign browser client: JsSIP on a page of another origin. Nothing here is made by us but the gateway.

import type { Handset, Status } from '../support/handset.ts';
import { score, watch } from '../support/pictures.ts';
import { expect, test } from '../support/test.ts';
import { until } from '../support/until.ts';

const ENOUGH = 10;
const GOOD_DB = 25;

test('JsSIP calls a handset with the camera and hangs up', async ({ gateway, jssip, handset }) => {
  const phone = await handset('phone', 'nokia-6680');
  const page = await jssip('foreign');
  await page.call(phone.number);
  await page.until('is answered', ({ call }) => call === 'active');
  const { receive } = await sees(phone, ENOUGH);
  expect(receive.pattern!.psnr_db_mean).toBeGreaterThanOrEqual(GOOD_DB);
  await page.hangUp();
  const { last_end } = await phone.until('is free again', ({ call }) => call === null);
  expect(last_end?.by).toBe('peer');
  await gateway.expectNoCallLeft();
});

test('JsSIP and a handset with AMR hear each other beside the pictures', async ({ gateway, jssip, handset }) => {
  const phone = await handset('phone', 'ims-terminal', 'answer', ['--audio-codec', 'AMR', '--tone', '620']);
  const page = await jssip('foreign');
  await page.talk(phone.number);
  await page.until('is answered', ({ call }) => call === 'active');
  // The fake microphone beeps once a second.
  const heard = await phone.until('hears the beep', ({ audio }) => (audio?.rms ?? 0) > 100);
  expect(heard.audio!.codec).toBe('AMR');
  // The first look may meet its beginning, which the page's spectrum has not risen to.
  await until('the page hears the tone', async () => {
    const { hertz, decibels } = await page.listen();
    return Math.abs(hertz - 620) < 15 && decibels > -50;
  });
  await sees(phone, ENOUGH);
  await page.hangUp();
  await phone.until('is free again', ({ call }) => call === null);
  await gateway.expectNoCallLeft();
});

test('JsSIP holds a call by re-INVITE and takes it back', async ({ gateway, jssip, handset }) => {
  const phone = await handset('phone', 'nokia-6680');
  const page = await jssip('foreign');
  await page.call(phone.number);
  await page.until('is answered', ({ call }) => call === 'active');
  await sees(phone, ENOUGH);
  expect(await page.hold()).toBe(true);
  await page.until('holds', ({ held }) => held.local);
  // JsSIP may ask for the next change once the last is answered.
  await until('JsSIP resumes', () => page.resume());
  await page.until('goes on', ({ held }) => !held.local);
  const { receive } = await phone.status();
  await sees(phone, receive.pattern!.right + ENOUGH);
  await page.hangUp();
  await phone.until('is free again', ({ call }) => call === null);
  await gateway.expectNoCallLeft();
});

test('a handset calls JsSIP and is seen, until it hangs up', async ({ gateway, jssip, handset }) => {
  const phone = await handset('phone', 'nokia-6680');
  const page = await jssip('foreign');
  await phone.share(page.account.number);
  const { from } = await page.until('is called', ({ call }) => call === 'incoming');
  expect(['phone', phone.number]).toContain(from);
  await page.answer();
  const pictures = await score(await watch(page.video, ENOUGH + 5), '176x144');
  expect(pictures.right).toBeGreaterThanOrEqual(ENOUGH);
  expect(pictures.psnrDb).toBeGreaterThanOrEqual(GOOD_DB);
  await phone.end();
  expect((await page.until('is free again', ({ call }) => call === 'none')).ended?.by).toBe('remote');
  await gateway.expectNoCallLeft();
});

test('JsSIP is refused by a handset that declines', async ({ gateway, jssip, handset }) => {
  const phone = await handset('phone', 'nokia-6680', 'decline');
  const page = await jssip('foreign');
  await page.call(phone.number);
  expect((await page.until('is refused', ({ ended }) => ended)).ended).toMatchObject({ by: 'remote', cause: 'Rejected' });
  await gateway.expectNoCallLeft();
});

test('JsSIP gives up while the handset rings', async ({ gateway, jssip, handset }) => {
  const phone = await handset('phone', 'nokia-6680', 'ring');
  const page = await jssip('foreign');
  await page.call(phone.number);
  await page.until('hears it ring', ({ call }) => call === 'ringing');
  await page.hangUp();
  await phone.until('stops ringing', ({ call, ended_calls }) => call === null && ended_calls === 1);
  await gateway.expectNoCallLeft();
});

function sees(phone: Handset, pictures: number): Promise<Status> {
  return phone.until(`sees ${pictures} right pictures`, ({ receive }) => (receive.pattern?.right ?? 0) >= pictures, 30_000);
}
