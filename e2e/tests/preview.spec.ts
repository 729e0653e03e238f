// From the press that opens the cover to one's own first picture: what a person feels of the page's quickness.

import { expect, test } from '../support/test.ts';

/** Beyond that a press seems to have done nothing. */
const AT_MOST_MS = 300;
const TIMES = 5;

/** Runs in the page: presses, and waits for a picture of the camera. */
async function firstPicture(): Promise<number> {
  const slot = document.querySelector<HTMLElement>('[data-testid="slot"]')!;
  const began = performance.now();
  slot.click();
  const shown = async (): Promise<HTMLVideoElement> => {
    const video = document.querySelector<HTMLVideoElement>('video[data-testid="preview-video"]');
    if (video) return video;
    await new Promise(requestAnimationFrame);
    return shown();
  };
  const video = await shown();
  await new Promise((picture) => video.requestVideoFrameCallback(picture));
  return performance.now() - began;
}

test('one sees oneself at once when the cover opens', async ({ person, handset }) => {
  const phone = await handset('phone', 'nokia-6680');
  const { client } = await person('anna');
  await client.part(`contact-${phone.number}`).click();
  await client.part('share-button').click();
  const times: number[] = [];
  for (let time = 0; time < TIMES; time += 1) {
    await expect(client.part('slot')).toBeVisible();
    times.push(await client.page.evaluate(firstPicture));
    await client.part('slot').press('Enter');
    await client.expectCameraOff();
  }
  const said = times.map((time) => Math.round(time)).join(', ');
  test.info().annotations.push({ type: 'milliseconds to the first picture', description: said });
  console.log(`    first picture of oneself after ${said} ms`);
  // The first of all starts the browser's camera service too; the quickest is the page's own time, the rest the machine's.
  expect(Math.min(...times), `${said} ms`).toBeLessThan(AT_MOST_MS);
});
