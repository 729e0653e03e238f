// What every test starts from: a gateway, people in browsers, handsets. All of it on loopback, all ended afterwards.

import { type Browser, test as base, expect } from '@playwright/test';

import { launch } from './chromium.ts';
import { camera } from './environment.ts';
import { type Account, Gateway } from './gateway.ts';
import { Handset, type Profile } from './handset.ts';
import { ClientPage } from './page.ts';

export interface Person {
  account: Account;
  client: ClientPage;
}

interface OpenOptions {
  browser?: Browser;
  /** Console errors that this test provokes. */
  mayComplain?: RegExp;
  permissions?: string[];
}

interface Fixtures {
  gateway: Gateway;
  /** Opens the page for somebody who is not signed in. */
  visitor: (options?: OpenOptions) => Promise<ClientPage>;
  /** Adds an account and signs it in. */
  person: (name: string, options?: OpenOptions) => Promise<Person>;
  /** Adds an account and starts a registered handset for it. */
  handset: (name: string, profile: Profile, onInvite?: 'answer' | 'ring' | 'decline' | 'busy') => Promise<Handset>;
}

interface WorkerFixtures {
  /** A browser whose fake camera shows the numbered test pattern. */
  filming: Browser;
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

  gateway: async ({}, use, info) => {
    const gateway = await Gateway.start();
    await use(gateway);
    await gateway.stop();
    if (info.status !== info.expectedStatus) await info.attach('gateway.log', { body: gateway.log() });
  },

  visitor: async ({ gateway, filming }, use) => {
    const opened: { client: ClientPage; mayComplain: RegExp | undefined }[] = [];
    await use(async (options = {}) => {
      const permissions = options.permissions ?? ['camera'];
      const client = await ClientPage.open(options.browser ?? filming, gateway.page, permissions);
      opened.push({ client, mayComplain: options.mayComplain });
      return client;
    });
    for (const { client, mayComplain } of opened) {
      await client.close();
      const unexpected = client.problems.filter((problem) => !mayComplain?.test(problem));
      expect(unexpected, 'the console stays free of errors').toEqual([]);
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
    await use(async (name, profile, onInvite = 'answer') => {
      const account = await gateway.addAccount(name);
      const handset = await Handset.start(gateway, account, profile, onInvite);
      started.push(handset);
      return handset;
    });
    for (const handset of started) {
      await handset.stop();
      if (info.status !== info.expectedStatus) await info.attach(`handset ${handset.number}.log`, { body: handset.log() });
    }
  },
});

export { expect };
