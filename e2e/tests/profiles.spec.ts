// (R9.1) Every handset that had the service, both ways, on decoded pictures. One gateway and one page serve the whole file.

import { Gateway, type Account } from '../support/gateway.ts';
import { Handset, type Profile } from '../support/handset.ts';
import { ClientPage } from '../support/page.ts';
import { score, watch } from '../support/pictures.ts';
import { expect, test as base } from '../support/test.ts';
import { until } from '../support/until.ts';

/** More than a keyframe's worth of pictures. */
const ENOUGH = 20;
/** Below this a person sees the damage. */
const GOOD_DB = 25;

interface Model {
  profile: Profile;
  /** What it is shown in. */
  codec: RegExp;
}

const MODELS: Model[] = [
  { profile: 'nokia-6630', codec: /^H263/ },
  { profile: 'nokia-6680', codec: /^H263/ },
  { profile: 'nokia-n70', codec: /^H263-1998$/ },
  { profile: 'nokia-5230', codec: /^H264$/ },
  { profile: 'operator-variant', codec: /^H264$/ },
  { profile: 'rcs-e', codec: /^H264$/ },
  { profile: 'ims-terminal', codec: /^H264$/ },
];

interface House {
  gateway: Gateway;
  accounts: Map<Profile, Account>;
  anna: { account: Account; client: ClientPage };
}

const test = base.extend<{ model: Model; phone: Handset }, { house: House }>({
  house: [
    async ({ filming }, use) => {
      const gateway = await Gateway.start();
      const accounts = new Map<Profile, Account>();
      for (const { profile } of MODELS) accounts.set(profile, await gateway.addAccount(profile));
      const account = await gateway.addAccount('anna');
      const client = await ClientPage.open(filming, gateway.page, ['camera']);
      await client.signIn(account);
      await use({ gateway, accounts, anna: { account, client } });
      await client.close();
      await gateway.stop();
      expect(client.problems, 'the console stays free of errors').toEqual([]);
    },
    { scope: 'worker' },
  ],

  model: [MODELS[0]!, { option: true }],

  phone: async ({ house, model }, use, info) => {
    const { gateway, accounts, anna } = house;
    const call = ['--in-call', anna.account.number];
    const phone = await Handset.start(gateway, accounts.get(model.profile)!, model.profile, 'answer', call);
    await use(phone);
    await phone.stop();
    if (info.status !== info.expectedStatus) {
      await info.attach('handset.log', { body: phone.log() });
      await info.attach('gateway.log', { body: gateway.log() });
    }
  },
});

for (const model of MODELS) {
  test.describe(`(R9.1) ${model.profile}`, () => {
    test.use({ model });

    test(`the page shows its camera to ${model.profile}`, async ({ house, phone }) => {
      const { client } = house.anna;
      await client.share(phone.number);
      await client.expectBanner('live');
      const { receive } = await phone.until(
        `sees ${ENOUGH} right pictures`,
        ({ receive }) => (receive.pattern?.right ?? 0) >= ENOUGH,
      );
      expect(receive.codec ?? '').toMatch(model.codec);
      expect(receive.pattern!.psnr_db_mean).toBeGreaterThanOrEqual(GOOD_DB);
      await until('the model is recognised', () => house.gateway.log().includes(`model=${model.profile}`) || null);
      await client.part('stop-button').click();
      await phone.until('is free again', ({ call }) => call === null);
    });

    test(`${model.profile} shows its camera to the page`, async ({ house, phone }) => {
      const { account, client } = house.anna;
      await phone.share(account.number);
      await client.part('incoming-watch').click();
      const seen = await score(await watch(client.stage, ENOUGH + 5), '176x144');
      expect(seen.right).toBeGreaterThanOrEqual(ENOUGH);
      expect(seen.psnrDb).toBeGreaterThanOrEqual(GOOD_DB);
      await client.part('watch-stop').click();
      await phone.until('is free again', ({ call }) => call === null);
    });
  });
}
