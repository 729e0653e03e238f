// Measurements, one file each, that `cargo xtask bench` gathers.

import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

import { given } from './environment.ts';

export async function report(name: string, figures: object): Promise<void> {
  const folder = given('SIDECAM_REPORT');
  await mkdir(folder, { recursive: true });
  await writeFile(join(folder, `${name}.json`), JSON.stringify(figures));
}
