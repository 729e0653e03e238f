// What happens to a page in its browser: cameras that go, sleep, clocks that are set, tabs, reloads, and a browser that
// keeps nothing.

import type { Page } from '@playwright/test';

import type { Handset } from '../support/handset.ts';
import type { ClientPage } from '../support/page.ts';
import { expect, test } from '../support/test.ts';

/** Waits until the handset has seen a second or two more of right pictures. */
async function expectMorePictures(phone: Handset): Promise<void> {
  const before = (await phone.status()).receive.pattern?.right ?? 0;
  await phone.until('sees more', ({ receive }) => (receive.pattern?.right ?? 0) >= before + 20, 20_000);
}

/** What a browser tells of the camera that is open. */
async function cameraSays(page: Page, event: 'ended' | 'mute' | 'unmute'): Promise<void> {
  await page.evaluate((event) => {
    const track = window.cameraTracks.find(({ readyState }) => readyState === 'live')!;
    if (event === 'ended') track.stop();
    track.dispatchEvent(new Event(event));
  }, event);
}

/** Another program has the camera for as long as `taken` says so. */
async function takeCamera(page: Page, taken: boolean): Promise<void> {
  await page.evaluate((taken) => {
    const devices = navigator.mediaDevices as MediaDevices & { free?: MediaDevices['getUserMedia'] };
    devices.free ??= devices.getUserMedia;
    const refuse = async () => {
      throw new DOMException('Could not start video source', 'NotReadableError');
    };
    devices.getUserMedia = taken ? refuse : devices.free;
  }, taken);
}

async function expectProblem(client: ClientPage, problem: string): Promise<void> {
  await expect(client.part('camera-problem')).toHaveAttribute('data-problem', problem);
}

/** Presses until the camera is there again: a browser may take a moment to let it go, or to know that it may. */
async function tryAgain(client: ClientPage): Promise<void> {
  await expect(async () => {
    if ((await client.part('camera-problem').getAttribute('data-problem')) !== 'none') {
      await client.part('camera-try-again').click({ timeout: 500 });
    }
    await expectProblem(client, 'none');
    await expect(client.part('slot')).toHaveAttribute('aria-checked', 'true');
  }).toPass({ timeout: 10_000 });
}

test('a camera that is lost, taken or forbidden in mid share leaves the last picture until there is another', async ({
  person,
  handset,
}) => {
  const phone = await handset('phone', 'nokia-6680');
  const { client } = await person('anna');
  const { page } = client;

  await takeCamera(page, true);
  await client.openSlot(phone.number);
  await expectProblem(client, 'busy');
  await takeCamera(page, false);
  await tryAgain(client);
  await client.part('send-button').click();
  await client.expectBanner('live');
  await expectMorePictures(phone);
  const { call } = await phone.status();

  await cameraSays(page, 'mute');
  await expect(client.part('camera-dark')).toHaveAttribute('data-dark', 'true');
  await cameraSays(page, 'unmute');
  await expect(client.part('camera-dark')).toHaveAttribute('data-dark', 'false');

  // It is still in the browser's list: somebody else has it.
  await cameraSays(page, 'ended');
  await expectProblem(client, 'busy');
  await expect(client.part('camera-problem-live')).toBeVisible();
  await client.expectBanner('live');
  await tryAgain(client);
  await expectMorePictures(phone);

  await page.context().clearPermissions();
  await expectProblem(client, 'refused');
  await client.expectCameraOff();
  await client.expectBanner('live');
  await page.context().grantPermissions(['camera']);
  await tryAgain(client);
  await expectMorePictures(phone);

  const after = await phone.status();
  expect(after.call?.id).toBe(call?.id);
  await client.part('stop-button').click();
  await client.expectCameraOff();
});

test('a clock that is set and a page that sleeps end no share, and what came meanwhile is learnt on waking', async ({
  person,
  handset,
}) => {
  const phone = await handset('phone', 'nokia-6680');
  const { client } = await person('anna');
  await client.share(phone.number);
  await expectMorePictures(phone);

  for (const hours of [3, -24]) {
    await client.page.evaluate((hours) => {
      const now = Date.now.bind(Date);
      Date.now = () => now() + hours * 3_600_000;
    }, hours);
    await expectMorePictures(phone);
    await client.expectRegistered();
    await client.expectBanner('live');
  }

  const browser = await client.page.context().newCDPSession(client.page);
  await browser.send('Page.setWebLifecycleState', { state: 'frozen' });
  await phone.end();
  await phone.until('is free again', ({ call }) => call === null);
  await browser.send('Page.setWebLifecycleState', { state: 'active' });
  await client.expectEnded('ended-by-them');
  await client.expectCameraOff();
  await client.expectRegistered();
});

test('of two tabs of one person one leads, and the other says so and takes over', async ({ gateway, person, handset }) => {
  const phone = await handset('phone', 'nokia-6680');
  const { client, account } = await person('anna');
  await client.share(phone.number);
  await expectMorePictures(phone);

  const second = await client.page.context().newPage();
  await second.goto(gateway.page);
  const tabs = second.getByTestId('tabs');
  await expect(tabs).toHaveAttribute('data-tabs', 'elsewhere');
  await expect(tabs).toContainText(account.name);
  await second.getByTestId('sign-in-name').fill(account.name);
  await second.getByTestId('sign-in-password').fill(account.password);
  await second.getByTestId('sign-in-submit').click();
  await expect(second.getByTestId('tabs-take-over')).toBeVisible();
  await expect(second.getByTestId('tabs-with')).toBeVisible();
  await expect(second.getByTestId('registration-state')).toHaveAttribute('data-state', 'signed-out');
  await expectMorePictures(phone);

  await second.getByTestId('tabs-take-over').click();
  await expect(second.getByTestId('registration-state')).toHaveAttribute('data-state', 'registered');
  await expect(client.part('tabs')).toHaveAttribute('data-tabs', 'taken');
  await client.expectCameraOff();
  const { last_end } = await phone.until('is free again', ({ call }) => call === null);
  expect(last_end?.by).toBe('peer');

  // Who waits for the other tab is in as soon as that is closed.
  await client.enter(account.name, account.password);
  await expect(client.part('tabs-take-over')).toBeVisible();
  await second.close();
  await client.expectRegistered();
});

test('a page loaded anew in mid share asks first, tells the other side, and offers to show it again', async ({ person, handset }) => {
  const phone = await handset('phone', 'nokia-6680');
  const { client, account } = await person('anna');
  const { page } = client;
  await client.share(phone.number);
  await expectMorePictures(phone);

  const asked = page.waitForEvent('dialog');
  const loaded = page.reload();
  const question = await asked;
  expect(question.type()).toBe('beforeunload');
  await question.accept();
  await loaded;
  const { last_end } = await phone.until('is hung up', ({ call }) => call === null, 3_000);
  expect(last_end?.by).toBe('peer');

  await client.signIn(account);
  await client.part('rejoin').click();
  await expect(client.part('preview-video')).toBeVisible();
  expect((await phone.status()).call, 'nothing is sent by itself').toBeNull();
  await client.part('send-button').click();
  await client.expectBanner('live');
  await expectMorePictures(phone);
  await expect(client.part('unfinished')).toHaveCount(0);
  await client.part('stop-button').click();
  await client.expectEnded('ended-by-me');
});

test('a browser that keeps nothing still shows, and says that it keeps nobody', async ({ gateway, visitor, handset }) => {
  const phone = await handset('phone', 'nokia-6680');
  const client = await visitor();
  await client.page.addInitScript(() => {
    for (const name of ['indexedDB', 'localStorage', 'sessionStorage', 'BroadcastChannel'] as const) {
      Object.defineProperty(window, name, {
        get: () => {
          throw new DOMException('Access is denied for this document.', 'SecurityError');
        },
      });
    }
    Object.defineProperty(Navigator.prototype, 'locks', { value: undefined });
  });
  await client.page.reload();
  await client.signIn(await gateway.addAccount('anna'));
  await expect(client.part('not-kept')).toBeVisible();
  await client.share(phone.number);
  await client.expectBanner('live');
  await expectMorePictures(phone);
  await client.part('stop-button').click();
  await client.expectEnded('ended-by-me');
});

test('a network that takes its time is said to, and waited for', async ({ gateway, visitor }) => {
  const client = await visitor();
  let arrive = () => {};
  const late = new Promise<void>((resolve) => (arrive = resolve));
  await client.page.route('**/api/v1/settings', async (route) => {
    await late;
    await route.continue();
  });
  await client.page.reload();
  const { name, password } = await gateway.addAccount('anna');
  await client.enter(name, password);
  await expect(client.part('sign-in-slow')).not.toBeEmpty();
  arrive();
  await client.expectRegistered();
});
