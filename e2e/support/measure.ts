// What a program costs, read from the kernel.

import { readFile, readdir } from 'node:fs/promises';

export interface Moment {
  /** Seconds of processor time, user and system, of all threads. */
  cpu: number;
  /** Seconds of the wall clock. */
  wall: number;
}

/** The kernel counts nanoseconds on the run queue in `schedstat`; `stat` has hundredths of a second only. */
export async function moment(processId: number): Promise<Moment> {
  const tasks = `/proc/${processId}/task`;
  let nanoseconds = 0;
  for (const task of await readdir(tasks)) {
    const text = await readFile(`${tasks}/${task}/schedstat`, 'utf8').catch(() => '0');
    nanoseconds += Number(text.split(' ')[0]);
  }
  return { cpu: nanoseconds / 1e9, wall: performance.now() / 1_000 };
}

/** By nearest rank: the least value that so great a share of all does not exceed. */
export function percentile(values: number[], share: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.max(0, Math.ceil(sorted.length * share) - 1)] ?? 0;
}

export function rounded(value: number, digits: number): number {
  return Number(value.toFixed(digits));
}

/** In whole numbers. */
export function spread(values: number[]) {
  return { p50: rounded(percentile(values, 0.5), 0), p95: rounded(percentile(values, 0.95), 0), most: rounded(Math.max(...values), 0) };
}
