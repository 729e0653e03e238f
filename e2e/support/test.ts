// What every test starts from: a gateway, people in browsers, handsets. All of it on loopback, all ended afterwards.

import { type Browser, test as base, expect } from '@playwright/test';

import { launch } from './chromium.ts';
import { camera } from './environment.ts';
import { JsSipPage, JsSipSite } from '../peers/jssip.ts';
import { SippPhone, type SippTransport } from '../peers/sipp.ts';
import { type Account, Gateway, type Settings } from './gateway.ts';
import { Handset, type Profile } from './handset.ts';
import { ClientPage, type Visit } from './page.ts';
import { UdpAgent } from './udp_agent.ts';

export interface Person {
  account: Account;
  client: ClientPage;
}

interface OpenOptions extends Visit {
  browser?: Browser;
  /** Where the page is found, if not at the gateway's own address. */
  url?: string;
  /** Console errors that this test provokes. */
  mayComplain?: RegExp;
  /** Whether what stands in it may move by itself: a page that writes a journal, with a narrow stage inside. */
  mayMove?: boolean;
  permissions?: string[];
}

interface Fixtures {
  /** What the gateway is told beyond the usual. */
  settings: Settings;
  gateway: Gateway;
  /** Opens the page for somebody who is not signed in. */
  visitor: (options?: OpenOptions) => Promise<ClientPage>;
  /** Adds an account and signs it in. */
  person: (name: string, options?: OpenOptions) => Promise<Person>;
  /** Starts a registered handset, for a new account or another device of one there is. */
  handset: (
    who: string | Account,
    profile: Profile,
    onInvite?: 'answer' | 'ring' | 'decline' | 'busy',
    more?: string[],
  ) => Promise<Handset>;
  /** Adds an account and registers a phone for it whose signalling is SIPp's. */
  sippPhone: (name: string, transport?: SippTransport) => Promise<SippPhone>;
  /** Registers a JsSIP page, for a new account or as another device of one there is. */
  jssip: (who: string | Account) => Promise<JsSipPage>;
  /** Adds an account and registers a bare socket for it. */
  udpAgent: (name: string) => Promise<UdpAgent>;
}

interface WorkerFixtures {
  /** A browser whose fake camera shows the numbered test pattern. */
  filming: Browser;
  /** Where the JsSIP page is served. */
  jssipSite: JsSipSite;
}

export const test = base.extend<Fixtures, WorkerFixtures>({
  filming: [
    async ({}, use) => {
      const browser = await launch(camera());
      await use(browser);
      await browser.close();
    },
    { scope: 'worker' },
  ],

  jssipSite: [
    async ({}, use) => {
      const site = await JsSipSite.start();
      await use(site);
      await site.stop();
    },
    { scope: 'worker' },
  ],

  settings: [{}, { option: true }],

  gateway: async ({ settings }, use, info) => {
    const gateway = await Gateway.start(settings);
    await use(gateway);
    await gateway.stop();
    if (info.status !== info.expectedStatus) await info.attach('gateway.log', { body: gateway.log() });
  },

  visitor: async ({ gateway, filming }, use) => {
    const opened: { client: ClientPage; mayComplain: RegExp | undefined; mayMove: boolean }[] = [];
    await use(async (options = {}) => {
      const permissions = options.permissions ?? ['camera'];
      const client = await ClientPage.open(options.browser ?? filming, options.url ?? gateway.page, permissions, options);
      opened.push({ client, mayComplain: options.mayComplain, mayMove: options.mayMove ?? false });
      return client;
    });
    for (const { client, mayComplain, mayMove } of opened) {
      await client.close();
      const unexpected = client.problems.filter((problem) => !mayComplain?.test(problem));
      expect(unexpected, 'the console stays free of errors').toEqual([]);
      if (!mayMove) expect(client.shifts, 'nothing moves that nobody moved').toEqual([]);
    }
  },

  person: async ({ gateway, visitor }, use) => {
    await use(async (name, options) => {
      const account = await gateway.addAccount(name);
      const client = await visitor(options);
      await client.signIn(account);
      return { account, client };
    });
  },

  handset: async ({ gateway }, use, info) => {
    const started: Handset[] = [];
    await use(async (who, profile, onInvite = 'answer', more = []) => {
      const account = await accountOf(gateway, who);
      const handset = await Handset.start(gateway, account, profile, onInvite, more);
      started.push(handset);
      return handset;
    });
    for (const handset of started) {
      await handset.stop();
      if (info.status !== info.expectedStatus) await info.attach(`handset ${handset.number}.log`, { body: handset.log() });
    }
  },

  sippPhone: async ({ gateway }, use) => {
    const made: SippPhone[] = [];
    await use(async (name, transport) => {
      const phone = await SippPhone.registered(gateway, await gateway.addAccount(name), transport);
      made.push(phone);
      return phone;
    });
    for (const phone of made) await phone.stop();
  },

  jssip: async ({ gateway, filming, jssipSite }, use, info) => {
    const opened: JsSipPage[] = [];
    await use(async (who) => {
      const account = await accountOf(gateway, who);
      const page = await JsSipPage.register(filming, jssipSite, account, gateway.websocket, gateway.domain);
      opened.push(page);
      return page;
    });
    for (const page of opened) {
      if (info.status !== info.expectedStatus) await info.attach(`jssip ${page.account.name}.log`, { body: page.log() });
      await page.close();
    }
  },

  udpAgent: async ({ gateway }, use) => {
    const opened: UdpAgent[] = [];
    await use(async (name) => {
      const agent = await UdpAgent.open(await gateway.addAccount(name));
      opened.push(agent);
      await agent.register(gateway.udp);
      return agent;
    });
    for (const agent of opened) agent.close();
  },
});

async function accountOf(gateway: Gateway, who: string | Account): Promise<Account> {
  return typeof who === 'string' ? gateway.addAccount(who) : who;
}

export { expect };
