// A started program. It stays in the test runner's process group, so that whoever ends the group ends it too.

import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { createWriteStream, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { promisify } from 'node:util';

import { runFolder } from './environment.ts';
import { until } from './until.ts';

const STOP_WITHIN_MS = 8_000;

export class Program {
  readonly lines: string[] = [];
  readonly errors: string[] = [];
  private readonly child: ChildProcess;
  private readonly exit: Promise<number | null>;

  constructor(
    readonly name: string,
    path: string,
    words: string[],
    options: { cwd?: string; env?: NodeJS.ProcessEnv } = {},
  ) {
    this.child = spawn(path, words, { ...options, stdio: ['ignore', 'pipe', 'pipe'] });
    this.exit = new Promise((resolve, reject) => {
      this.child.once('exit', resolve);
      this.child.once('error', reject);
    });
    this.exit.catch((error: unknown) => this.errors.push(String(error)));
    const logs = join(runFolder(), 'logs');
    mkdirSync(logs, { recursive: true });
    const file = createWriteStream(join(logs, `${name}-${this.child.pid}.log`));
    this.child.stdout!.pipe(file, { end: false });
    this.child.stderr!.pipe(file, { end: false });
    this.child.once('close', () => file.end());
    createInterface({ input: this.child.stdout! }).on('line', (line) => this.lines.push(line));
    createInterface({ input: this.child.stderr! }).on('line', (line) => this.errors.push(line));
  }

  get running(): boolean {
    return this.child.exitCode === null && this.child.signalCode === null && this.child.pid !== undefined;
  }

  get processId(): number {
    return this.child.pid ?? 0;
  }

  /** The first line of standard output, read as JSON. */
  async ready<T>(): Promise<T> {
    const first = () => this.lines[0] ?? (this.running ? null : '');
    const line = await until(`${this.name} is ready`, first).catch(() => '');
    if (!line) throw new Error(`${this.name} did not become ready:\n${this.log()}`);
    return JSON.parse(line) as T;
  }

  /** The exit code, once the program has ended by itself. */
  async ended(withinMs = 30_000): Promise<number | null> {
    await until(`${this.name} ends`, () => !this.running, withinMs);
    return this.exit;
  }

  signal(signal: NodeJS.Signals): void {
    this.child.kill(signal);
  }

  /** Asks the program to end and waits; after a while it is ended. */
  async stop(): Promise<void> {
    if (!this.running) return;
    this.child.kill('SIGTERM');
    const ended = await this.ended(STOP_WITHIN_MS).then(() => true, () => false);
    if (!ended) this.child.kill('SIGKILL');
    await this.exit.catch(() => undefined);
  }

  log(): string {
    return [...this.lines, ...this.errors].slice(-400).join('\n');
  }
}

const run = promisify(execFile);

/** Runs a short program to its end and gives its standard output. */
export async function output(path: string, words: string[], cwd?: string): Promise<string> {
  const { stdout } = await run(path, words, { cwd, maxBuffer: 64 * 1024 * 1024 });
  return stdout;
}
