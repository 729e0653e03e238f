// The page as a person meets it: what they read and press.

import { type Browser, type BrowserContext, type Locator, type Page, expect } from '@playwright/test';

import type { Account } from './gateway.ts';
import { Guard } from './guard.ts';
import { until } from './until.ts';

declare global {
  interface Window {
    /** Every camera track the page was ever given. */
    cameraTracks: MediaStreamTrack[];
    /** Every connection the page ever opened. */
    connections: RTCPeerConnection[];
    /** What listens to the sound that comes in, and the track that it hears. */
    ear?: AnalyserNode;
    heard?: string;
    /** The port that takes the place of the gateway's for media, where a test stands between. */
    mediaPort?: number;
  }
}

/** What a test may say of the browser that opens the page. */
export interface Visit {
  /** The language that it is in. */
  locale?: string | undefined;
  /** Whether its service worker may come in; in most tests it would only add to what is loaded. */
  worker?: boolean | undefined;
}

export class ClientPage {
  private constructor(
    private readonly context: BrowserContext,
    readonly page: Page,
    private readonly guard: Guard,
  ) {}

  static async open(browser: Browser, url: string, permissions: string[], { locale = 'en-US', worker = false }: Visit = {}): Promise<ClientPage> {
    const serviceWorkers = worker ? 'allow' : 'block';
    const context = await browser.newContext({ permissions, locale, serviceWorkers, viewport: { width: 1100, height: 760 } });
    await context.addInitScript(keepTracksAndConnections);
    const guard = await Guard.over(context);
    const opened = new ClientPage(context, await context.newPage(), guard);
    await opened.page.goto(url);
    return opened;
  }

  /** What the console called an error, and exceptions nobody caught. */
  get problems(): string[] {
    return this.guard.problems;
  }

  /** What moved by itself. */
  get shifts(): string[] {
    return this.guard.shifts;
  }

  part(id: string): Locator {
    return this.page.getByTestId(id);
  }

  get banner(): Locator {
    return this.part('live-banner');
  }

  get stage(): Locator {
    return this.part('stage-video');
  }

  async enter(name: string, password: string): Promise<void> {
    await this.part('sign-in-name').fill(name);
    await this.part('sign-in-password').fill(password);
    await this.part('sign-in-submit').click();
  }

  async signIn(account: Account): Promise<void> {
    await this.enter(account.name, account.password);
    await this.expectRegistered();
    await expect(this.part('me-number')).toHaveAttribute('data-number', account.number);
  }

  async expectRegistered(withinMs = 15_000): Promise<void> {
    const state = this.part('registration-state');
    await expect(state).toHaveAttribute('data-state', 'registered', { timeout: withinMs });
  }

  /** Chooses a contact and slides the camera open; nothing is sent yet. */
  async openSlot(number: string): Promise<void> {
    await this.part(`contact-${number}`).click();
    await this.part('share-button').click();
    await this.part('slot').press('Enter');
  }

  /** Chooses a contact, previews the camera and sends. */
  async share(number: string): Promise<void> {
    await this.openSlot(number);
    await expect(this.part('preview-video')).toBeVisible();
    await this.part('send-button').click();
  }

  /** Chooses a contact and calls by voice. */
  async call(number: string): Promise<void> {
    await this.part(`contact-${number}`).click();
    await this.part('call-button').click();
  }

  async expectVoice(state: 'calling' | 'ringing' | 'connected' | 'ended'): Promise<void> {
    await expect(this.part('voice-bar')).toHaveAttribute('data-voice', state, { timeout: 15_000 });
  }

  /** The tone is the loudest of what the page hears. */
  async expectTone(hertz: number): Promise<void> {
    await until(`the page hears ${hertz} Hz`, async () => {
      const heard = await this.page.evaluate(listen);
      return Math.abs(heard.hertz - hertz) < 15 && heard.decibels > -50;
    });
  }

  /** The page hears something. */
  async expectSound(): Promise<void> {
    await until('the page hears something', async () => (await this.page.evaluate(listen)).decibels > -60);
  }

  async expectBanner(state: 'calling' | 'ringing' | 'live' | 'ended'): Promise<void> {
    await expect(this.banner).toHaveAttribute('data-state', state, { timeout: 15_000 });
  }

  async expectEnded(cause: string): Promise<void> {
    await expect(this.part('ended-cause')).toHaveAttribute('data-cause', cause, { timeout: 15_000 });
  }

  /** The camera's light is off: every track is over. */
  async expectCameraOff(): Promise<void> {
    const live = () => this.page.evaluate(() => window.cameraTracks.filter((track) => track.readyState === 'live').length);
    await expect.poll(live, { timeout: 1_000 }).toBe(0);
  }

  /** What the browser says it encodes. */
  sending(): Promise<{ codec: string; width: number; height: number; frames_per_second: number; bits_per_second: number }> {
    return this.page.evaluate(readSending);
  }

  async close(): Promise<void> {
    await this.context.close();
  }
}

/** Runs in the page before its own scripts. */
function keepTracksAndConnections(): void {
  window.cameraTracks = [];
  window.connections = [];
  window.RTCPeerConnection = class extends window.RTCPeerConnection {
    constructor(configuration?: RTCConfiguration) {
      super(configuration);
      window.connections.push(this);
    }

    override async setRemoteDescription(description?: RTCSessionDescriptionInit): Promise<void> {
      const port = window.mediaPort;
      if (!port || !description?.sdp) return super.setRemoteDescription(description!);
      const sdp = description.sdp.replace(/^(a=candidate:\S+ \d+ udp \d+ \S+) \d+/gim, `$1 ${port}`);
      return super.setRemoteDescription({ type: description.type, sdp });
    }
  };
  const devices = navigator.mediaDevices;
  if (!devices) return;
  const original = devices.getUserMedia.bind(devices);
  devices.getUserMedia = async (constraints) => {
    const stream = await original(constraints);
    window.cameraTracks.push(...stream.getVideoTracks());
    return stream;
  };
}

/**
 * Runs in the page: the loudest frequency of what comes in by the connections that have sound, in hertz, and its level in
 * decibels below the loudest.
 */
async function listen(): Promise<{ hertz: number; decibels: number }> {
  if (!window.ear) {
    const context = new AudioContext();
    await context.resume();
    window.ear = new AnalyserNode(context, { fftSize: 8192 });
  }
  const receivers = window.connections.filter(({ signalingState }) => signalingState !== 'closed').flatMap((each) => each.getReceivers());
  const track = receivers.map((receiver) => receiver.track).filter(({ kind }) => kind === 'audio').at(-1);
  if (track && window.heard !== track.id) {
    window.heard = track.id;
    (window.ear.context as AudioContext).createMediaStreamSource(new MediaStream([track])).connect(window.ear);
  }
  const levels = new Float32Array(window.ear.frequencyBinCount);
  window.ear.getFloatFrequencyData(levels);
  const loudest = levels.indexOf(Math.max(...levels));
  return { hertz: (loudest * window.ear.context.sampleRate) / window.ear.fftSize, decibels: levels[loudest]! };
}

/** Runs in the page: the outgoing stream of the newest connection, and its rate since it began. */
async function readSending() {
  const report = await window.connections.at(-1)!.getStats();
  const entries = [...(report as unknown as Map<string, Record<string, never>>).values()] as Record<string, any>[];
  const stream = entries.find(({ type, kind }) => type === 'outbound-rtp' && kind === 'video') ?? {};
  const codec = entries.find(({ id }) => id === stream['codecId']) ?? {};
  const source = entries.find(({ type, kind }) => type === 'media-source' && kind === 'video') ?? {};
  const seconds = (stream['framesEncoded'] ?? 0) / (source['framesPerSecond'] || stream['framesPerSecond'] || 1);
  return {
    codec: String(codec['mimeType'] ?? ''),
    width: Number(stream['frameWidth'] ?? 0),
    height: Number(stream['frameHeight'] ?? 0),
    frames_per_second: Number(stream['framesPerSecond'] ?? 0),
    bits_per_second: Math.round(((stream['bytesSent'] ?? 0) * 8) / Math.max(seconds, 1)),
  };
}
