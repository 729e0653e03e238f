// A page, a gateway and a handset with a network between them that the test can break.

import type { Page } from '@playwright/test';

import type { Account, Gateway, Registrar } from './gateway.ts';
import { Handset, type Profile } from './handset.ts';
import { freeUdpPort } from './ports.ts';
import { TcpRelay, UdpRelay } from './relay.ts';
import { type Person, expect, test as base } from './test.ts';

/** The network that the page is in: its way to the gateway's page and WebSocket, and the way for its pictures. */
export class Network {
  private readonly spent: UdpRelay[] = [];

  private constructor(
    readonly web: TcpRelay,
    private media: UdpRelay,
    private readonly mediaPort: number,
  ) {}

  static async to(gateway: Gateway, mediaPort: number): Promise<Network> {
    const { host, port } = new URL(gateway.page);
    const web = await TcpRelay.start({ host: host.split(':')[0] ?? '', port: Number(port) });
    return new Network(web, await UdpRelay.start({ host: '127.0.0.1', port: mediaPort }), mediaPort);
  }

  get page(): string {
    return `http://127.0.0.1:${this.web.address.port}`;
  }

  /** The page learns of the gateway's media port as the network has it. */
  async enter(page: Page): Promise<void> {
    await page.evaluate((port) => (window.mediaPort = port), this.media.address.port);
  }

  /** The way of the pictures is gone; whoever looks for a new one, finds it under another port and comes from another. */
  async changePicturesWay(page: Page): Promise<void> {
    this.media.cut();
    this.spent.push(this.media);
    this.media = await UdpRelay.start({ host: '127.0.0.1', port: this.mediaPort });
    await this.enter(page);
  }

  /** The page has asked for a way anew, and been told the one there is. */
  async expectNewWay(page: Page): Promise<void> {
    const told = () => page.evaluate(() => window.connections.at(-1)?.currentRemoteDescription?.sdp ?? '');
    await expect.poll(told, { timeout: 30_000 }).toContain(` ${this.media.address.port} typ host`);
  }

  /** From here on this share of the pictures' packets is lost, either way and at random. */
  losePictures(share: number): void {
    this.media.lose(share);
  }

  get lostPackets(): number {
    return this.media.lost;
  }

  async stop(): Promise<void> {
    await this.web.stop();
    for (const relay of [...this.spent, this.media]) relay.stop();
  }
}

interface Fixtures {
  /** The port of the gateway's one media worker. */
  mediaPort: number;
  network: Network;
  /** Somebody whose page is in the network. */
  traveller: (name: string) => Promise<Person>;
  /** A handset, and what it was told by SIP. */
  listener: (name: string, profile?: Profile) => Promise<{ phone: Handset; told: string[] }>;
}

export const test = base.extend<Fixtures>({
  mediaPort: async ({}, use) => use(await freeUdpPort()),

  network: async ({ gateway, mediaPort }, use) => {
    const network = await Network.to(gateway, mediaPort);
    await use(network);
    await network.stop();
  },

  traveller: async ({ network, person }, use) => {
    await use(async (name) => {
      const opened = await person(name, { url: network.page, mayComplain: CONNECTION_FAILED });
      await network.enter(opened.client.page);
      return opened;
    });
  },

  listener: async ({ gateway }, use) => {
    const stop: (() => unknown)[] = [];
    await use(async (name, profile = 'nokia-6680') => {
      const relay = await UdpRelay.start(gateway.udp);
      const account: Account = await gateway.addAccount(name);
      const { domain, tcp, tls, websocket, folder } = gateway;
      const registrar: Registrar = { domain, udp: relay.address, tcp, tls, websocket, folder };
      const phone = await Handset.start(registrar, account, profile, 'answer');
      stop.push(() => phone.stop(), () => relay.stop());
      return { phone, told: relay.told };
    });
    for (const end of stop) await end();
  },
});

/** Chromium reports every connection that was not made by itself. */
const CONNECTION_FAILED = /WebSocket connection to .* failed|ERR_CONNECTION|ERR_EMPTY_RESPONSE|ERR_SOCKET|Failed to load resource/;

export { expect };
