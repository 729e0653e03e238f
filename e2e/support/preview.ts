// How soon one sees oneself.

import { expect } from './test.ts';
import type { ClientPage } from './page.ts';

/** Beyond that a press seems to have done nothing. */
export const PREVIEW_AT_MOST_MS = 300;

/** From each press that opens the cover to one's own first picture, in milliseconds; the cover of `number` is closed again after each. */
export async function previews(client: ClientPage, number: string, times: number): Promise<number[]> {
  await client.part(`contact-${number}`).click();
  await client.part('share-button').click();
  const taken: number[] = [];
  for (let time = 0; time < times; time += 1) {
    await expect(client.part('slot')).toBeVisible();
    taken.push(await client.page.evaluate(firstPicture));
    await client.part('slot').press('Enter');
    await client.expectCameraOff();
  }
  return taken;
}

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
