// A gateway with Kamailio as its `[core]`, and phones registered there.

import { Baresip } from '../peers/baresip.ts';
import { JsSipPage } from '../peers/jssip.ts';
import { Kamailio } from '../peers/kamailio.ts';
import { Gateway } from './gateway.ts';
import { Handset } from './handset.ts';
import { freeSipPorts } from './ports.ts';
import { test as base } from './test.ts';

export { expect } from './test.ts';

interface Fixtures {
  /** How the gateway and Kamailio speak with each other. */
  between: 'udp' | 'tcp';
  kamailio: Kamailio;
  /** Starts a handset that is registered at Kamailio. */
  farHandset: (name: string, onInvite?: 'answer' | 'ring') => Promise<Handset>;
  /** Starts a baresip that is registered at Kamailio and shows `film`. */
  farBaresip: (name: string, film?: string) => Promise<Baresip>;
  /** Registers a JsSIP page with Kamailio: by way of the gateway, or at Kamailio's own WebSocket. */
  farJssip: (name: string, by: 'gateway' | 'kamailio') => Promise<JsSipPage>;
}

export const test = base.extend<Fixtures>({
  between: ['udp', { option: true }],

  kamailio: async ({ between }, use, info) => {
    const kamailio = await Kamailio.start({ host: '127.0.0.1', port: await freeSipPorts() }, between);
    await use(kamailio);
    await kamailio.stop();
    if (info.status !== info.expectedStatus) await info.attach('kamailio.log', { body: kamailio.log() });
  },

  gateway: async ({ kamailio, between }, use, info) => {
    const { host, port } = kamailio.gateway;
    const gateway = await Gateway.start({
      sip: { udp: `${host}:${port}`, tcp: `${host}:${port}` },
      core: { next_hop: kamailio.nextHop(between), trusted: [kamailio.udp.host] },
    });
    await use(gateway);
    await gateway.stop();
    if (info.status !== info.expectedStatus) await info.attach('gateway.log', { body: gateway.log() });
  },

  farHandset: async ({ kamailio, gateway }, use, info) => {
    const started: Handset[] = [];
    await use(async (name, onInvite = 'answer') => {
      const handset = await Handset.start(kamailio, await kamailio.account(name), 'nokia-6680', onInvite);
      started.push(handset);
      return handset;
    });
    for (const handset of started) {
      await handset.stop();
      if (info.status !== info.expectedStatus) await info.attach(`handset ${handset.number}.log`, { body: handset.log() });
    }
    await gateway.expectNoCallLeft();
  },

  farBaresip: async ({ kamailio }, use, info) => {
    const started: Baresip[] = [];
    await use(async (name, film) => {
      const phone = await Baresip.start(kamailio, await kamailio.account(name), 'H263', film ? { film } : {});
      started.push(phone);
      return phone;
    });
    for (const phone of started) {
      await phone.stop();
      if (info.status !== info.expectedStatus) await info.attach('baresip.log', { body: phone.log() });
    }
  },

  farJssip: async ({ kamailio, gateway, filming, jssipSite }, use, info) => {
    const opened: JsSipPage[] = [];
    await use(async (name, by) => {
      const { websocket } = by === 'gateway' ? gateway : kamailio;
      const page = await JsSipPage.register(filming, jssipSite, await kamailio.account(name), websocket, kamailio.domain);
      opened.push(page);
      return page;
    });
    for (const page of opened) {
      if (info.status !== info.expectedStatus) await info.attach(`jssip ${page.account.name}.log`, { body: page.log() });
      await page.close();
    }
  },
});
