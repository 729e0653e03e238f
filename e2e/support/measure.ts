// What a program costs, read from the kernel.

import { execFileSync } from 'node:child_process';
import { readFile } from 'node:fs/promises';

/** Clock ticks a second in /proc (USER_HZ). */
const TICKS = Number(execFileSync('getconf', ['CLK_TCK'], { encoding: 'utf8' }));

export interface Moment {
  /** Seconds of processor time, user and system, of all threads. */
  cpu: number;
  /** Seconds of the wall clock. */
  wall: number;
}

export async function moment(processId: number): Promise<Moment> {
  const stat = await readFile(`/proc/${processId}/stat`, 'utf8');
  // The name in brackets may hold spaces; utime and stime are the 14th and 15th fields.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  const ticks = Number(fields[11]) + Number(fields[12]);
  return { cpu: ticks / TICKS, wall: performance.now() / 1_000 };
}

/** The value below which this share of the sorted values lies. */
export function percentile(values: number[], share: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? 0;
}

export function rounded(value: number, digits: number): number {
  return Number(value.toFixed(digits));
}
