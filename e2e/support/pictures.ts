// Pictures as they are decoded, and what the test pattern in them says.

import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';

import type { Locator } from '@playwright/test';

import { program, runFolder } from './environment.ts';
import { output } from './program.ts';

export interface Picture {
  width: number;
  height: number;
  rgba: Buffer;
}

export interface Score {
  /** Pictures looked at. */
  pictures: number;
  /** Pictures whose frame counter could be read. */
  right: number;
  counters: number[];
  psnrDb: number;
  width: number;
  height: number;
}

/** Reads pictures off a playing video, one each time the browser shows a new one. */
export async function watch(video: Locator, count: number, withinMs = 20_000): Promise<Picture[]> {
  const shots = await video.evaluate(collect, { count, withinMs });
  return shots.map(({ width, height, base64 }) => ({ width, height, rgba: gunzipSync(Buffer.from(base64, 'base64')) }));
}

/** Runs in the page. */
async function collect(
  element: Element,
  { count, withinMs }: { count: number; withinMs: number },
): Promise<{ width: number; height: number; base64: string }[]> {
  const video = element as HTMLVideoElement;
  const canvas = document.createElement('canvas');
  const context = canvas.getContext('2d', { willReadFrequently: true })!;
  const shots: { width: number; height: number; bytes: Uint8ClampedArray }[] = [];
  await new Promise<void>((resolve) => {
    const deadline = setTimeout(resolve, withinMs);
    const next = () => {
      canvas.width = video.videoWidth;
      canvas.height = video.videoHeight;
      context.drawImage(video, 0, 0);
      const { data } = context.getImageData(0, 0, canvas.width, canvas.height);
      shots.push({ width: canvas.width, height: canvas.height, bytes: data });
      if (shots.length < count) {
        video.requestVideoFrameCallback(next);
      } else {
        clearTimeout(deadline);
        resolve();
      }
    };
    video.requestVideoFrameCallback(next);
  });
  // Squeezed: a hundred times less goes through the driver.
  const text = async (bytes: Uint8ClampedArray) => {
    const squeezed = new Blob([bytes as BlobPart]).stream().pipeThrough(new CompressionStream('gzip'));
    const small = new Uint8Array(await new Response(squeezed).arrayBuffer());
    let characters = '';
    for (let at = 0; at < small.length; at += 8192) {
      characters += String.fromCharCode(...small.subarray(at, at + 8192));
    }
    return btoa(characters);
  };
  return Promise.all(shots.map(async ({ width, height, bytes }) => ({ width, height, base64: await text(bytes) })));
}

/** Compares pictures with the pattern that their frame counters name, drawn anew at the source's size. */
export async function score(pictures: Picture[], source: string): Promise<Score> {
  const folder = await mkdtemp(join(runFolder(), 'pictures-'));
  const counters: number[] = [];
  let sum = 0;
  for (const [index, picture] of pictures.entries()) {
    const file = join(folder, `${index}.rgba`);
    await writeFile(file, picture.rgba);
    const size = `${picture.width}x${picture.height}`;
    const words = ['pattern', 'score', '--rgba', file, '--size', size, '--source', source];
    const said = await output(program(), words).catch(() => '{}');
    const { counter, psnr_db } = JSON.parse(said) as { counter?: number | null; psnr_db?: number | null };
    if (typeof counter === 'number' && typeof psnr_db === 'number') {
      counters.push(counter);
      sum += psnr_db;
    }
  }
  await rm(folder, { recursive: true });
  return {
    pictures: pictures.length,
    right: counters.length,
    counters,
    psnrDb: counters.length ? sum / counters.length : 0,
    width: pictures.at(-1)?.width ?? 0,
    height: pictures.at(-1)?.height ?? 0,
  };
}
