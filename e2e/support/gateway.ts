// `sidecam run` with a database and accounts of its own, on ports of its own.

import { randomBytes } from 'node:crypto';
import { mkdtemp, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

import { client, program, runFolder } from './environment.ts';
import { udpPortsOf } from './ports.ts';
import { Program, output } from './program.ts';
import { until } from './until.ts';

export const DOMAIN = 'sidecam.localhost';

export interface Account {
  name: string;
  /** From the range kept for drama: +4477009000NN. */
  number: string;
  password: string;
  passwordFile: string;
}

export interface Address {
  host: string;
  port: number;
}

/** What a phone registers at. */
export interface Registrar {
  readonly domain: string;
  readonly udp: Address;
  readonly tcp: Address;
  readonly tls: Address;
  readonly websocket: string;
  /** For what belongs to the test. */
  readonly folder: string;
}

/** Sections of `sidecam.toml` and their keys, beyond what every test has. */
export type Settings = Record<string, Record<string, string | number | boolean | string[]>>;

/** Below the range from which the system takes ports for whoever names none. */
const RTP_PORTS = { first: 28_000, last: 28_999 };

export class Gateway implements Registrar {
  readonly domain = DOMAIN;
  private program?: Program;
  private http = '127.0.0.1:0';
  private udpAddress = '127.0.0.1:0';
  private tcpAddress = '127.0.0.1:0';
  private tlsAddress = '127.0.0.1:0';
  private accounts = 0;

  private constructor(
    readonly folder: string,
    private readonly settings: Settings,
  ) {}

  static async start(settings: Settings = {}): Promise<Gateway> {
    const gateway = new Gateway(await mkdtemp(join(runFolder(), 'gateway-')), settings);
    await gateway.configure();
    await gateway.run();
    return gateway;
  }

  get page(): string {
    return `http://${this.http}`;
  }

  get websocket(): string {
    return `ws://${this.http}/ws`;
  }

  get udp(): Address {
    return address(this.udpAddress);
  }

  get tcp(): Address {
    return address(this.tcpAddress);
  }

  /** What others see is `display`; one signs in with it in small letters, without spaces. */
  async addAccount(display: string): Promise<Account> {
    const name = display.toLowerCase().replaceAll(' ', '-');
    this.accounts += 1;
    const number = `+4477009000${String(this.accounts).padStart(2, '0')}`;
    const password = randomBytes(12).toString('base64url');
    const passwordFile = join(this.folder, `${name}.password`);
    await writeFile(passwordFile, password);
    const words = ['add', name, '--display', display, '--number', number, '--password-file', passwordFile];
    await output(program(), ['user', '--config', this.config, ...words], this.folder);
    return { name, number, password, passwordFile };
  }

  /** Ends the program as an operator would and starts it again on the same ports. */
  async restart(): Promise<void> {
    await this.stop();
    await this.configure();
    await this.run();
  }

  async stop(): Promise<void> {
    await this.program?.stop();
  }

  log(): string {
    return this.program?.log() ?? '';
  }

  /** Where it speaks TLS, if its settings ask for that. */
  get tls(): Address {
    return address(this.tlsAddress);
  }

  /** What came, what was refused, what was dropped, since the start. */
  async counters(): Promise<Record<string, number>> {
    const response = await fetch(new URL('/api/v1/counters', this.page));
    return (await response.json()) as Record<string, number>;
  }

  /** Waits until no call is left, neither in its books nor as a bound RTP port. */
  async expectNoCallLeft(): Promise<void> {
    let last = '';
    const ask = async () => {
      const { calls } = await this.counters();
      const ports = (await udpPortsOf(this.processId)).filter((port) => port >= RTP_PORTS.first && port <= RTP_PORTS.last);
      last = `${calls} calls, ports ${ports.join(' ')}`;
      return calls === 0 && ports.length === 0;
    };
    await until('no call is left', ask).catch((error: Error) => {
      throw new Error(`${error.message} (${last})`);
    });
  }

  get processId(): number {
    return this.program?.processId ?? 0;
  }

  private get config(): string {
    return join(this.folder, 'sidecam.toml');
  }

  private async configure(): Promise<void> {
    const settings: Settings = {
      http: { listen: this.http, client_dir: client() },
      sip: { udp: this.udpAddress, tcp: this.tcpAddress },
      home: { domain: DOMAIN },
      store: { url: `sqlite:${join(this.folder, 'sidecam.db')}` },
      // All peers of a test share one address, which limits are not made for.
      limits: { strangers_per_second: 0, members_per_second: 0, registrations_per_minute: 0, attempts_per_minute: 0, calls_per_user: 0 },
      media: { address: '127.0.0.1', rtp_ports: `${RTP_PORTS.first}-${RTP_PORTS.last}` },
    };
    for (const [section, keys] of Object.entries(this.settings)) settings[section] = { ...settings[section], ...keys };
    const lines = Object.entries(settings).flatMap(([section, keys]) => [
      `[${section}]`,
      // What JSON writes for text, numbers and lists of them, TOML reads.
      ...Object.entries(keys).map(([key, value]) => `${key} = ${JSON.stringify(value)}`),
    ]);
    await writeFile(this.config, `${lines.join('\n')}\n`);
  }

  private async run(): Promise<void> {
    const words = ['run', '--config', this.config, '--ready-json'];
    this.program = new Program('the gateway', program(), words, { cwd: this.folder });
    const ready = await this.program.ready<{ http: string; udp: string; tcp: string; tls: string | null }>();
    this.http = ready.http.replace(/^http:\/\//, '').replace(/\/$/, '');
    this.udpAddress = ready.udp;
    this.tcpAddress = ready.tcp;
    this.tlsAddress = ready.tls ?? '';
  }
}

function address(text: string): Address {
  const [host = '', port = ''] = text.split(':');
  return { host, port: Number(port) };
}
