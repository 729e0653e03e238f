// Voice calls in the page itself: what is said here is heard there, with whatever codec there is.

import { expect, test } from '../support/test.ts';

/** A handset's tone, far from the beep of the browser's fake microphone. */
const TONE = 620;
const ENOUGH = 10;
const permissions = ['camera', 'microphone'];

declare global {
  interface Window {
    /** What plays and was moved to another loudspeaker. */
    moved: HTMLMediaElement[];
  }
}

test('a page calls a handset with AMR, shows the camera beside the call, and hanging up ends both (R4.1, R1.25)', async ({ gateway, person, handset }) => {
  // One person with two phones: one to talk, one that shows what the camera sees.
  const ben = await gateway.addAccount('ben');
  const phone = await handset(ben, 'ims-terminal', 'answer', ['--audio-codec', 'AMR', '--tone', String(TONE)]);
  const screen = await handset(ben, 'nokia-6680');
  const { client } = await person('anna', { permissions });
  await client.call(ben.number);
  await client.expectVoice('connected');
  const heard = await phone.until('hears the beep', ({ audio }) => (audio?.rms ?? 0) > 100);
  expect(heard.audio!.codec).toBe('AMR');
  await client.expectTone(TONE);

  await client.share(ben.number);
  await client.expectBanner('live');
  await screen.until(`sees ${ENOUGH} right pictures`, ({ receive }) => (receive.pattern?.right ?? 0) >= ENOUGH, 30_000);
  await client.expectVoice('connected');

  await client.part('voice-hang-up').click();
  await client.expectEnded('call-ended');
  await client.expectCameraOff();
  await expect(client.part('voice-ended')).toHaveAttribute('data-cause', 'ended-by-me');
  await phone.until('is free again', ({ call }) => call === null);
  await screen.until('is free again', ({ call }) => call === null);
  await gateway.expectNoCallLeft();
});

test('two pages talk, one holds and takes back, and the other hangs up', async ({ gateway, person }) => {
  const anna = await person('anna', { permissions });
  const ben = await person('ben', { permissions });
  await anna.client.call(ben.account.number);
  await expect(ben.client.part('voice-incoming')).toContainText('is calling you');
  await ben.client.part('voice-answer').click();
  await anna.client.expectVoice('connected');
  await ben.client.expectVoice('connected');
  await anna.client.expectSound();
  await ben.client.expectSound();

  const [bar, theirs] = [anna.client.part('voice-bar'), ben.client.part('voice-bar')];
  await anna.client.part('voice-hold').click();
  await expect(theirs).toHaveAttribute('data-held', 'by-them');
  await anna.client.part('voice-hold').click();
  await expect(theirs).toHaveAttribute('data-held', 'no');
  await expect(bar).toHaveAttribute('data-held', 'no');
  await ben.client.expectSound();
  await anna.client.part('voice-mute').click();
  await expect(bar).toContainText('does not hear you');

  await ben.client.part('voice-hang-up').click();
  await expect(anna.client.part('voice-ended')).toHaveAttribute('data-cause', 'ended-by-them');
  await gateway.expectNoCallLeft();
});

/** Runs in the page: keeps what is moved to another loudspeaker. */
function noteWhatMoves(): void {
  const move = HTMLMediaElement.prototype.setSinkId;
  window.moved = [];
  HTMLMediaElement.prototype.setSinkId = function (id) {
    window.moved.push(this);
    return move.call(this, id);
  };
}

/** Runs in the page: by name where each of them sounds. */
async function whereItSounds(): Promise<string[]> {
  const devices = await navigator.mediaDevices.enumerateDevices();
  const playing = window.moved.filter((player) => !player.paused);
  return playing.map(({ sinkId }) => devices.find(({ kind, deviceId }) => kind === 'audiooutput' && deviceId === sinkId)?.label ?? sinkId);
}

test('a handset calls a page by voice, the page answers, and it sounds where the person wants it', async ({ gateway, person, handset }) => {
  const phone = await handset('ben', 'ims-terminal', 'answer', ['--audio-codec', 'AMR-WB', '--tone', String(TONE)]);
  const { client, account } = await person('anna', { permissions });
  await client.page.evaluate(noteWhatMoves);
  await phone.talk(account.number);
  await expect(client.part('voice-incoming')).toBeVisible();
  await client.part('voice-answer').click();
  await client.expectVoice('connected');
  await client.expectTone(TONE);
  await phone.until('hears the beep', ({ audio }) => (audio?.rms ?? 0) > 100);
  await client.part('details-open').click();
  await client.part('loudspeaker').selectOption('Fake Audio Output 1');
  await expect.poll(() => client.page.evaluate(whereItSounds)).toEqual(['Fake Audio Output 1']);
  await client.part('voice-keys').click();
  await client.part('voice-key-5').click();
  await phone.end();
  await expect(client.part('voice-ended')).toHaveAttribute('data-cause', 'ended-by-them');
  await gateway.expectNoCallLeft();
});

test('a page lets itself be heard beside its pictures, and falls silent again (R2.5)', async ({ gateway, person, handset }) => {
  const phone = await handset('ben', 'ims-terminal', 'answer', ['--audio-codec', 'AMR']);
  const { client } = await person('anna', { permissions });
  await client.share(phone.number);
  await client.expectBanner('live');
  const sound = client.part('share-sound');
  await sound.click();
  await expect(sound).toHaveAttribute('data-sound', 'on');
  await expect(client.part('share-sound-note')).toContainText('hears you too');
  await phone.until('hears the beep', ({ audio }) => (audio?.rms ?? 0) > 100);
  await sound.click();
  await expect(sound).toHaveAttribute('data-sound', 'off');
  const { receive } = await phone.status();
  const more = (receive.pattern?.right ?? 0) + ENOUGH;
  await phone.until('goes on seeing', ({ receive }) => (receive.pattern?.right ?? 0) >= more, 30_000);
  await client.part('stop-button').click();
  await phone.until('is free again', ({ call }) => call === null);
  await gateway.expectNoCallLeft();
});
