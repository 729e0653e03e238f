// SIPp speaks the signalling, from scenarios of ours: one phone is one port, registered at the gateway.

import { readFile } from 'node:fs/promises';
import { join } from 'node:path';

import { type Account, type Address, DOMAIN, type Gateway } from '../support/gateway.ts';
import { freeTcpPort, freeUdpPort, untilUdpBound } from '../support/ports.ts';
import { Program } from '../support/program.ts';
import { until } from '../support/until.ts';
import { writeScenario } from './scenario.ts';

export type SippTransport = 'udp' | 'tcp';

export interface Options {
  /** Where to, when not to the gateway. */
  to?: Address;
  /** Calls of this scenario in a row, a second, and at once. */
  calls?: number;
  rate?: number;
  atOnce?: number;
  /** Words for the scenario's `[keys]`. */
  keys?: Record<string, string | number>;
  /** Words for what SIPp wants to know before it starts: the scenario's `{words}`. */
  words?: Record<string, string>;
}

/** What SIPp counted, by its own statistics file. */
export interface Tally {
  exitCode: number | null;
  calls: number;
  successful: number;
  failed: number;
}

/** One message as SIPp traced it. */
export interface Traced {
  way: 'sent' | 'received';
  text: string;
}

export class SippPhone {
  private readonly runs: SippRun[] = [];

  private constructor(
    private readonly gateway: Gateway,
    readonly account: Account,
    readonly port: number,
    readonly transport: SippTransport,
  ) {}

  /** A phone without a registration. */
  static async make(gateway: Gateway, account: Account, transport: SippTransport = 'udp'): Promise<SippPhone> {
    const port = transport === 'udp' ? await freeUdpPort() : await freeTcpPort();
    return new SippPhone(gateway, account, port, transport);
  }

  static async registered(gateway: Gateway, account: Account, transport: SippTransport = 'udp'): Promise<SippPhone> {
    const phone = await SippPhone.make(gateway, account, transport);
    const registration = await phone.run('register');
    await registration.succeeds();
    return phone;
  }

  get number(): string {
    return this.account.number;
  }

  /** Starts a scenario of `peers/sipp`. */
  async run(scenario: string, options: Options = {}): Promise<SippRun> {
    const { calls = 1, rate = 50, atOnce = 50, keys = {} } = options;
    const { host, port } = options.to ?? this.gateway[this.transport];
    const files = join(this.gateway.folder, `${this.account.name}-${this.runs.length}-${scenario}`);
    await writeScenario(scenario, `${files}.xml`, options.words ?? {});
    const words = Object.entries({ domain: DOMAIN, user: this.account.name, video_port: 6000, ...keys });
    const program = new Program(
      `sipp ${this.account.name} ${scenario}`,
      'sipp',
      [
        ...[`${host}:${port}`, '-sf', `${files}.xml`],
        ...['-i', '127.0.0.1', '-p', String(this.port), '-t', this.transport === 'udp' ? 'u1' : 't1', '-nostdin'],
        ...['-m', String(calls), '-r', String(rate), '-l', String(atOnce)],
        ...['-au', this.account.name, '-ap', this.account.password],
        // Whatever a scenario does not expect fails it at once.
        ...['-default_behaviors', 'abortunexp', '-timeout', '60s', '-timeout_error', '-recv_timeout', '20000'],
        ...['-trace_err', '-error_file', `${files}.errors`, '-trace_logs', '-log_file', `${files}.log`],
        ...['-trace_stat', '-stf', `${files}.csv`, '-fd', '1'],
        ...(calls === 1 ? ['-trace_msg', '-message_file', `${files}.messages`] : []),
        ...words.flatMap(([key, value]) => ['-key', key, String(value)]),
      ],
      { cwd: this.gateway.folder },
    );
    const run = new SippRun(program, files);
    this.runs.push(run);
    return run;
  }

  /** Starts a scenario and waits until it can be called. */
  async listen(scenario: string, options: Options = {}): Promise<SippRun> {
    const run = await this.run(scenario, options);
    await untilUdpBound(this.port);
    return run;
  }

  async stop(): Promise<void> {
    for (const run of this.runs) await run.stop();
  }
}

export class SippRun {
  constructor(
    private readonly program: Program,
    private readonly files: string,
  ) {}

  /** Waits for its end and gives what it counted. */
  async ended(withinMs?: number): Promise<Tally> {
    const exitCode = await this.program.ended(withinMs);
    const [head = '', ...rows] = (await readFile(`${this.files}.csv`, 'utf8')).trim().split('\n');
    const last = (rows.at(-1) ?? '').split(';');
    const count = (name: string) => Number(last[head.split(';').indexOf(name)] ?? NaN);
    return {
      exitCode,
      calls: count('TotalCallCreated'),
      successful: count('SuccessfulCall(C)'),
      failed: count('FailedCall(C)'),
    };
  }

  /** Waits for its end, which must be that of a scenario gone through, `calls` times. */
  async succeeds(calls = 1, withinMs?: number): Promise<void> {
    const tally = await this.ended(withinMs);
    if (tally.exitCode !== 0 || tally.successful !== calls || tally.failed !== 0) {
      throw new Error(`${this.program.name}: ${JSON.stringify(tally)}\n${await this.problems()}`);
    }
  }

  /** What it sent and received, in order. */
  async messages(): Promise<Traced[]> {
    const trace = await readFile(`${this.files}.messages`, 'utf8').catch(() => '');
    return trace
      .split(/^-{20,}.*\n/m)
      .map((block) => ({ way: /^\w+ message sent/.test(block) ? ('sent' as const) : ('received' as const), text: block }))
      .filter(({ text }) => text.trim() !== '');
  }

  /** How many messages came whose start line and CSeq fit. */
  async received(start: RegExp, method: string): Promise<number> {
    const cseq = new RegExp(`^CSeq:\\s*\\d+ ${method}`, 'im');
    return (await this.messages()).filter(({ way, text }) => way === 'received' && start.test(text) && cseq.test(text)).length;
  }

  /** A word that the scenario logs. */
  async logged(what: string, pattern: RegExp): Promise<string> {
    return until(`SIPp logs ${what}`, async () => {
      const log = await readFile(`${this.files}.log`, 'utf8').catch(() => '');
      return pattern.exec(log)?.[1] ?? null;
    });
  }

  stop(): Promise<void> {
    return this.program.stop();
  }

  private async problems(): Promise<string> {
    const errors = await readFile(`${this.files}.errors`, 'utf8').catch(() => '');
    return errors || this.program.log();
  }
}
