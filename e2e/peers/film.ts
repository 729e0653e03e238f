// The numbered test pattern as a film for programs that others wrote, and their pictures as we read them.

import { readFile } from 'node:fs/promises';
import { join } from 'node:path';

import { program } from '../support/environment.ts';
import type { Picture } from '../support/pictures.ts';
import { output } from '../support/program.ts';

/** What every H.263 decoder takes. */
export const QCIF = '176x144';

/** Ten seconds of the pattern in QCIF, hardly compressed. */
export async function qcifFilm(folder: string): Promise<string> {
  const raw = join(folder, 'pattern.y4m');
  const film = join(folder, 'pattern.mp4');
  await output(program(), ['pattern', 'write', raw, '--size', QCIF, '--fps', '15', '--frames', '150']);
  await output('ffmpeg', ['-y', '-loglevel', 'error', '-i', raw, '-c:v', 'libx264', '-crf', '6', '-g', '15', film]);
  return film;
}

/** A picture file (PNG) as pixels. */
export async function readPicture(file: string): Promise<Picture> {
  const size = await output('ffprobe', ['-loglevel', 'error', '-show_entries', 'stream=width,height', '-of', 'csv=p=0', file]);
  const [width = 0, height = 0] = size.trim().split(',').map(Number);
  const raw = `${file}.rgba`;
  await output('ffmpeg', ['-y', '-loglevel', 'error', '-i', file, '-f', 'rawvideo', '-pix_fmt', 'rgba', raw]);
  return { width, height, rgba: await readFile(raw) };
}

/** Raw pictures of one size, one after the other. */
export async function readPictures(file: string, width: number, height: number): Promise<Picture[]> {
  const bytes = await readFile(file);
  const length = width * height * 4;
  const count = Math.floor(bytes.length / length);
  return Array.from({ length: count }, (_, index) => ({
    width,
    height,
    rgba: bytes.subarray(index * length, (index + 1) * length),
  }));
}
