// Debian's Firefox, which Playwright cannot drive: by WebDriver BiDi, with the few words that the core tests need.

import puppeteer, { type Browser, type Page } from 'puppeteer-core';

import type { Account } from './gateway.ts';
import { until } from './until.ts';

const PROGRAM = process.env['SIDECAM_FIREFOX'] || '/usr/bin/firefox-esr';

/** A camera of its own making, nobody to ask, and its addresses as they are. */
const PREFERENCES = {
  'media.navigator.streams.fake': true,
  'media.navigator.permission.disabled': true,
  'media.peerconnection.ice.obfuscate_host_addresses': false,
  'media.autoplay.default': 0,
  'media.gmp-manager.updateEnabled': false,
  'app.update.enabled': false,
  'toolkit.telemetry.enabled': false,
  'browser.safebrowsing.update.enabled': false,
  'extensions.update.enabled': false,
  'network.captive-portal-service.enabled': false,
  'network.connectivity-service.enabled': false,
};

export class Firefox {
  private constructor(private readonly browser: Browser) {}

  static async start(): Promise<Firefox> {
    const browser = await puppeteer.launch({
      browser: 'firefox',
      executablePath: PROGRAM,
      headless: true,
      extraPrefsFirefox: PREFERENCES,
    });
    return new Firefox(browser);
  }

  /** The page, with somebody signed in. */
  async signIn(url: string, account: Account): Promise<FirefoxPage> {
    const context = await this.browser.createBrowserContext();
    const opened = new FirefoxPage(await context.newPage());
    await opened.page.setViewport({ width: 1100, height: 760 });
    await opened.page.goto(url);
    await opened.fill('sign-in-name', account.name);
    await opened.fill('sign-in-password', account.password);
    await opened.press('sign-in-submit');
    await opened.expectAttribute('registration-state', 'data-state', 'registered');
    return opened;
  }

  async stop(): Promise<void> {
    await this.browser.close();
  }
}

/** What the console called an error is the driver's to tell; exceptions nobody caught are kept. */
export class FirefoxPage {
  readonly problems: string[] = [];

  constructor(readonly page: Page) {
    page.on('pageerror', (error) => this.problems.push(String(error)));
    page.on('console', (message) => {
      if (message.type() === 'error') this.problems.push(message.text());
    });
  }

  async fill(id: string, text: string): Promise<void> {
    await (await this.part(id)).type(text);
  }

  async press(id: string): Promise<void> {
    await (await this.part(id)).click();
  }

  async key(id: string, key: 'Enter'): Promise<void> {
    await (await this.part(id)).press(key);
  }

  async see(id: string): Promise<void> {
    await this.part(id);
  }

  /** Waits until a part says so. */
  async expectAttribute(id: string, name: string, value: string, withinMs = 15_000): Promise<void> {
    let last: string | null = null;
    const says = async () => {
      last = await this.page.evaluate((id, name) => document.querySelector(`[data-testid="${id}"]`)?.getAttribute(name) ?? null, id, name);
      return last === value;
    };
    await until(`${id} has ${name} ${value}`, says, withinMs).catch((error: Error) => {
      throw new Error(`${error.message} (it has ${last})`);
    });
  }

  /** How many pictures a video shows until `count` of them, and their size. */
  async pictures(id: string, count: number): Promise<{ count: number; width: number; height: number }> {
    return this.page.evaluate(
      async (id, count) => {
        const video = document.querySelector<HTMLVideoElement>(`[data-testid="${id}"]`)!;
        let seen = 0;
        await new Promise<void>((resolve) => {
          setTimeout(resolve, 15_000);
          const next = () => (++seen < count ? video.requestVideoFrameCallback(next) : resolve());
          video.requestVideoFrameCallback(next);
        });
        return { count: seen, width: video.videoWidth, height: video.videoHeight };
      },
      id,
      count,
    );
  }

  private async part(id: string) {
    const found = await this.page.waitForSelector(`[data-testid="${id}"]`, { visible: true, timeout: 15_000 });
    if (!found) throw new Error(`${id} is not there`);
    return found;
  }
}
