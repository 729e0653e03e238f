// One share each way against what `cargo xtask demo --smoke` started; the report says how good the pictures were.

import { writeFile } from 'node:fs/promises';

import { expect, test } from '@playwright/test';

import { launch } from '../support/chromium.ts';
import { camera, given } from '../support/environment.ts';
import { HandsetPage } from '../support/handset.ts';
import { ClientPage } from '../support/page.ts';
import { score, watch } from '../support/pictures.ts';

/** More than the report must show. */
const PICTURES = 45;

test('a share each way', async () => {
  const browser = await launch(camera());
  const client = await ClientPage.open(browser, given('SIDECAM_PAGE'), ['camera']);
  const handset = new HandsetPage(given('SIDECAM_HANDSET_PAGE'));
  const account = {
    name: given('SIDECAM_NAME'),
    number: given('SIDECAM_NUMBER'),
    password: given('SIDECAM_PASSWORD'),
    passwordFile: '',
  };
  await client.signIn(account);
  const report = {
    browser_to_handset: await toHandset(client, handset, given('SIDECAM_HANDSET_NUMBER')),
    handset_to_browser: await toBrowser(client, handset, account.number),
  };
  await writeFile(given('SIDECAM_REPORT'), JSON.stringify(report));
  await browser.close();
  expect(client.problems, 'the console stays free of errors').toEqual([]);
});

async function toHandset(client: ClientPage, handset: HandsetPage, number: string) {
  await client.share(number);
  await client.expectBanner('live');
  const { receive } = await handset.until(
    `decodes ${PICTURES} pictures`,
    ({ receive }) => (receive.frames ?? 0) >= PICTURES,
    30_000,
  );
  await client.part('stop-button').click();
  await client.expectCameraOff();
  await handset.until('is free again', ({ call }) => call === null);
  return {
    frames_decoded: receive.frames,
    right_pictures: receive.pattern?.right ?? 0,
    first_picture_ms: receive.first_picture_ms,
    codec: receive.codec,
    width: receive.width,
    height: receive.height,
    frames_per_second: receive.frames_per_second,
    psnr_db: receive.pattern?.psnr_db_mean ?? 0,
  };
}

async function toBrowser(client: ClientPage, handset: HandsetPage, number: string) {
  await handset.share(number);
  const answered = client.part('incoming-watch');
  await expect(answered).toBeVisible();
  const first = client.page.evaluate(firstPicture);
  await answered.click();
  const firstPictureMs = await first;
  const started = Date.now();
  const pictures = await watch(client.stage, PICTURES);
  const seconds = (Date.now() - started) / 1_000;
  const seen = await score(pictures, '176x144');
  const { send } = await handset.status();
  const decoded = await client.stage.evaluate((video) => (video as HTMLVideoElement).getVideoPlaybackQuality().totalVideoFrames);
  await client.part('watch-stop').click();
  await handset.until('is free again', ({ call }) => call === null);
  return {
    frames_decoded: decoded,
    right_pictures: seen.right,
    first_picture_ms: Math.round(firstPictureMs),
    codec: send.codec,
    width: seen.width,
    height: seen.height,
    frames_per_second: Math.round((pictures.length / seconds) * 10) / 10,
    psnr_db: Math.round(seen.psnrDb * 10) / 10,
  };
}

/** Runs in the page: milliseconds from the press on Watch to the first picture shown. */
function firstPicture(): Promise<number> {
  return new Promise((resolve) => {
    let pressed = 0;
    document.addEventListener('click', () => (pressed ||= performance.now()), { capture: true, once: true });
    const look = () => {
      const video = document.querySelector<HTMLVideoElement>('[data-testid="stage-video"]');
      if (pressed && video?.videoWidth) {
        video.requestVideoFrameCallback(() => resolve(performance.now() - pressed));
      } else {
        requestAnimationFrame(look);
      }
    };
    look();
  });
}
