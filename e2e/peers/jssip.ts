// A page that others could have written: JsSIP in Chromium, served from an origin that is not the gateway's.

import { type Server, createServer } from 'node:http';

import type { Browser, BrowserContext, Locator, Page } from '@playwright/test';
import { build } from 'esbuild';

import type { Account } from '../support/gateway.ts';
import { until } from '../support/until.ts';
import type { Credentials, State } from './jssip/page.ts';

const SCRIPT = new URL('./jssip/page.ts', import.meta.url).pathname;
const HTML = '<!doctype html><title>JsSIP</title><video autoplay muted playsinline></video><script src="page.js"></script>';

/** Serves the page on a loopback port. */
export class JsSipSite {
  private constructor(
    private readonly server: Server,
    readonly url: string,
  ) {}

  static async start(): Promise<JsSipSite> {
    const { outputFiles } = await build({ entryPoints: [SCRIPT], bundle: true, format: 'iife', write: false, logLevel: 'error' });
    const script = outputFiles[0]!.contents;
    const server = createServer(({ url }, response) => {
      const isScript = url === '/page.js';
      response.setHeader('content-type', isScript ? 'text/javascript' : 'text/html');
      response.end(isScript ? script : HTML);
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const { port } = server.address() as { port: number };
    return new JsSipSite(server, `http://127.0.0.1:${port}`);
  }

  async stop(): Promise<void> {
    this.server.closeAllConnections();
    await new Promise((resolve) => this.server.close(resolve));
  }
}

export class JsSipPage {
  /** What went over its WebSocket. */
  private readonly frames: string[] = [];

  private constructor(
    private readonly context: BrowserContext,
    readonly page: Page,
    readonly account: Account,
  ) {}

  /** Opens the page and registers at a WebSocket. */
  static async register(
    browser: Browser,
    site: JsSipSite,
    account: Account,
    websocket: string,
    domain: string,
  ): Promise<JsSipPage> {
    const context = await browser.newContext({ permissions: ['camera', 'microphone'] });
    const opened = new JsSipPage(context, await context.newPage(), account);
    opened.page.on('websocket', (socket) => {
      socket.on('framesent', ({ payload }) => opened.frames.push(`sent ${payload}`));
      socket.on('framereceived', ({ payload }) => opened.frames.push(`received ${payload}`));
    });
    await opened.page.goto(site.url);
    const credentials: Credentials = { url: websocket, address: `sip:${account.name}@${domain}`, password: account.password };
    await opened.page.evaluate((given) => window.phone.register(given), credentials);
    await opened.until('is registered', ({ registered }) => registered);
    return opened;
  }

  get video(): Locator {
    return this.page.locator('video');
  }

  state(): Promise<State> {
    return this.page.evaluate(() => window.phone.state);
  }

  async until(what: string, wanted: (state: State) => unknown, withinMs?: number): Promise<State> {
    let last: State | undefined;
    const ask = async () => {
      last = await this.state();
      return wanted(last) ? last : null;
    };
    return until(`the JsSIP page ${what}`, ask, withinMs).catch((error: Error) => {
      throw new Error(`${error.message}\n${JSON.stringify(last)}`);
    });
  }

  call(address: string): Promise<void> {
    return this.page.evaluate((to) => window.phone.call(to), address);
  }

  /** Calls with camera and microphone. */
  talk(address: string): Promise<void> {
    return this.page.evaluate((to) => window.phone.talk(to), address);
  }

  listen(): Promise<{ hertz: number; decibels: number }> {
    return this.page.evaluate(() => window.phone.listen());
  }

  answer(): Promise<void> {
    return this.page.evaluate(() => window.phone.answer());
  }

  hold(): Promise<boolean> {
    return this.page.evaluate(() => window.phone.hold());
  }

  resume(): Promise<boolean> {
    return this.page.evaluate(() => window.phone.resume());
  }

  hangUp(): Promise<void> {
    return this.page.evaluate(() => window.phone.hangUp());
  }

  log(): string {
    return this.frames.join('\n');
  }

  close(): Promise<void> {
    return this.context.close();
  }
}
