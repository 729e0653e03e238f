// The network between two programs, so that a test can break it: everything that passes does so at a port of ours.

import { type Socket as UdpSocket, createSocket } from 'node:dgram';
import { type Server, type Socket, connect, createServer } from 'node:net';

import type { Address } from './gateway.ts';

/** Passes TCP connections on, until they are cut. */
export class TcpRelay {
  private readonly open = new Set<Socket>();
  private readonly server: Server;
  private state: 'passing' | 'refusing' | 'swallowing' = 'passing';
  /** Connections that were asked for since the start. */
  asked = 0;

  private constructor(private readonly to: Address) {
    this.server = createServer((near) => this.accept(near));
  }

  static async start(to: Address): Promise<TcpRelay> {
    const relay = new TcpRelay(to);
    await new Promise<void>((resolve) => relay.server.listen(0, '127.0.0.1', resolve));
    return relay;
  }

  get address(): Address {
    const { port } = this.server.address() as { port: number };
    return { host: '127.0.0.1', port };
  }

  /** Ends every connection, as a network does that goes away, and lets none be made. */
  cut(): void {
    this.state = 'refusing';
    for (const socket of this.open) socket.resetAndDestroy();
  }

  /** Nobody is told anything: what is sent arrives nowhere. */
  swallow(): void {
    this.state = 'swallowing';
  }

  /** Connections can be made again; those that were swallowed up are ended. */
  mend(): void {
    if (this.state === 'swallowing') this.cut();
    this.state = 'passing';
  }

  async stop(): Promise<void> {
    this.cut();
    await new Promise((resolve) => this.server.close(resolve));
  }

  private accept(near: Socket): void {
    this.asked += 1;
    if (this.state === 'refusing') {
      near.resetAndDestroy();
      return;
    }
    const far = connect(this.to.port, this.to.host);
    this.join(near, far);
    this.join(far, near);
  }

  private join(from: Socket, into: Socket): void {
    this.open.add(from);
    from.setNoDelay();
    from.on('data', (bytes) => {
      if (this.state === 'passing') into.write(bytes);
    });
    from.on('end', () => into.end());
    from.on('error', () => into.destroy());
    from.on('close', () => {
      this.open.delete(from);
      into.destroy();
    });
  }
}

/** Passes datagrams between one near program and one far address, and keeps a note of those that are text. */
export class UdpRelay {
  /** First lines of the SIP messages that passed to the near side. */
  readonly told: string[] = [];
  private near?: { address: string; port: number };
  private broken = false;
  private share = 0;
  /** Datagrams that did not pass because of {@link lose}. */
  lost = 0;

  private constructor(
    private readonly front: UdpSocket,
    private readonly back: UdpSocket,
    private readonly to: Address,
  ) {
    front.on('message', (bytes, from) => {
      this.near = from;
      if (!this.broken && !this.loses()) back.send(bytes, this.to.port, this.to.host);
    });
    back.on('message', (bytes) => {
      if (this.broken || !this.near || this.loses()) return;
      const line = /^(SIP\/2\.0 .*|[A-Z]+ \S+ SIP\/2\.0)\r\n/.exec(bytes.toString('latin1', 0, 200))?.[1];
      if (line) this.told.push(line);
      front.send(bytes, this.near.port, this.near.address);
    });
    // A port that nobody listens on shows as an error; the next datagram may find somebody.
    for (const socket of [front, back]) socket.on('error', () => undefined);
  }

  static async start(to: Address): Promise<UdpRelay> {
    const [front, back] = [createSocket('udp4'), createSocket('udp4')];
    for (const socket of [front, back]) await new Promise<void>((resolve) => socket.bind(0, '127.0.0.1', resolve));
    return new UdpRelay(front, back, to);
  }

  get address(): Address {
    return { host: '127.0.0.1', port: this.front.address().port };
  }

  /** From here on this share of the datagrams is lost, either way and at random. */
  lose(share: number): void {
    this.share = share;
  }

  private loses(): boolean {
    const loses = Math.random() < this.share;
    if (loses) this.lost += 1;
    return loses;
  }

  /** Nothing passes any more, for good. */
  cut(): void {
    this.broken = true;
  }

  stop(): void {
    this.cut();
    this.front.close();
    this.back.close();
  }
}
