// Kamailio: a registrar and proxy that others wrote, for a domain beside the gateway's own.

import { randomBytes } from 'node:crypto';
import { mkdtemp, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

import { runFolder } from '../support/environment.ts';
import { type Account, type Address, DOMAIN, type Registrar } from '../support/gateway.ts';
import { freeTcpPort, untilUdpBound } from '../support/ports.ts';
import { Program } from '../support/program.ts';

const CONFIG = new URL('./kamailio/kamailio.cfg', import.meta.url).pathname;
/** The gateway trusts an address: Kamailio has one of its own, also on loopback. */
const ADDRESS = '127.0.0.2';
const OWN_DOMAIN = 'kamailio.localhost';

export class Kamailio implements Registrar {
  readonly domain = OWN_DOMAIN;

  private constructor(
    private readonly program: Program,
    readonly folder: string,
    readonly udp: Address,
    /** Where it takes the gateway to be. */
    readonly gateway: Address,
    private readonly secret: string,
  ) {}

  /** Starts it beside a gateway that will listen at `gateway` and is reached by `transport`. */
  static async start(gateway: Address, transport: 'udp' | 'tcp'): Promise<Kamailio> {
    const folder = await mkdtemp(join(runFolder(), 'kamailio-'));
    const port = await freeTcpPort();
    const secret = randomBytes(12).toString('hex');
    const words: Record<string, string | number> = {
      DOMAIN: OWN_DOMAIN,
      ADDRESS,
      PORT: port,
      SECRET: secret,
      GATEWAY_DOMAIN: DOMAIN,
      GATEWAY_ADDRESS: gateway.host,
      GATEWAY_PORT: gateway.port,
      TRANSPORT: transport,
    };
    const template = await readFile(CONFIG, 'utf8');
    const config = join(folder, 'kamailio.cfg');
    await writeFile(config, template.replace(/@([A-Z_]+)@/g, (_, word: string) => String(words[word])));
    // In the foreground; shared and private memory in megabytes.
    const options = ['-f', config, '-DD', '-E', '-m', '64', '-M', '8', '-Y', folder, '-P', join(folder, 'pid')];
    const program = new Program('kamailio', 'kamailio', options, { cwd: folder });
    const started = new Kamailio(program, folder, { host: ADDRESS, port }, gateway, secret);
    await untilUdpBound(port).catch((error: Error) => {
      throw new Error(`${error.message}\n${program.log()}`);
    });
    return started;
  }

  get tcp(): Address {
    return this.udp;
  }

  get tls(): Address {
    throw new Error('this Kamailio speaks no TLS');
  }

  get websocket(): string {
    return `ws://${ADDRESS}:${this.udp.port}`;
  }

  /** Where the gateway finds it. */
  nextHop(transport: 'udp' | 'tcp'): string {
    return `sip:${ADDRESS}:${this.udp.port};transport=${transport}`;
  }

  /** Somebody who can register there: it knows everybody by one secret. */
  async account(name: string): Promise<Account> {
    const password = `${this.secret}-${name}`;
    const passwordFile = join(this.folder, `${name}.password`);
    await writeFile(passwordFile, password);
    return { name, number: name, password, passwordFile };
  }

  /** The address of somebody there. */
  address(name: string): string {
    return `sip:${name}@${this.domain}`;
  }

  stop(): Promise<void> {
    return this.program.stop();
  }

  log(): string {
    return this.program.log();
  }
}
