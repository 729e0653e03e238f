// `sidecam run` with a database and accounts of its own, on ports of its own.

import { randomBytes } from 'node:crypto';
import { mkdtemp, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

import { client, program, runFolder } from './environment.ts';
import { Program, output } from './program.ts';

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

export class Gateway {
  private program?: Program;
  private http = '127.0.0.1:0';
  private udpAddress = '127.0.0.1:0';
  private tcpAddress = '127.0.0.1:0';
  private accounts = 0;

  private constructor(readonly folder: string) {}

  static async start(): Promise<Gateway> {
    const gateway = new Gateway(await mkdtemp(join(runFolder(), 'gateway-')));
    await gateway.configure();
    await gateway.run();
    return gateway;
  }

  get page(): string {
    return `http://${this.http}`;
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

  /** What came, what was refused, what was dropped, since the start. */
  async counters(): Promise<Record<string, number>> {
    const response = await fetch(new URL('/api/v1/counters', this.page));
    return (await response.json()) as Record<string, number>;
  }

  get processId(): number {
    return this.program?.processId ?? 0;
  }

  private get config(): string {
    return join(this.folder, 'sidecam.toml');
  }

  private async configure(): Promise<void> {
    const lines = [
      '[http]',
      `listen = "${this.http}"`,
      `client_dir = "${client()}"`,
      '[sip]',
      `udp = "${this.udpAddress}"`,
      `tcp = "${this.tcpAddress}"`,
      '[home]',
      `domain = "${DOMAIN}"`,
      '[store]',
      `url = "sqlite:${join(this.folder, 'sidecam.db')}"`,
      '[media]',
      'address = "127.0.0.1"',
      // All peers of a test share one address, which limits are not made for.
      '[limits]',
      ...['strangers_per_second', 'members_per_second', 'registrations_per_minute', 'attempts_per_minute'].map((key) => `${key} = 0`),
    ];
    await writeFile(this.config, `${lines.join('\n')}\n`);
  }

  private async run(): Promise<void> {
    const words = ['run', '--config', this.config, '--ready-json'];
    this.program = new Program('the gateway', program(), words, { cwd: this.folder });
    const ready = await this.program.ready<{ http: string; udp: string; tcp: string }>();
    this.http = ready.http.replace(/^http:\/\//, '').replace(/\/$/, '');
    this.udpAddress = ready.udp;
    this.tcpAddress = ready.tcp;
  }
}

function address(text: string): Address {
  const [host = '', port = ''] = text.split(':');
  return { host, port: Number(port) };
}
