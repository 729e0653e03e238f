// Runs in the browser: a phone made of JsSIP and nothing of ours. The test steers it over `window.phone`.

import { UA, WebSocketInterface } from 'jssip';
import type { EndEvent, RTCSession } from 'jssip/lib/RTCSession.js';

export interface Credentials {
  /** Where the gateway's WebSocket is. */
  url: string;
  address: string;
  password: string;
}

/** What the test reads. */
export interface State {
  registered: boolean;
  /** Why the last try to register failed. */
  refused: string | null;
  call: 'none' | 'calling' | 'ringing' | 'incoming' | 'active';
  /** Who calls, as a number or name. */
  from: string | null;
  /** On hold by this side, by the other. */
  held: { local: boolean; remote: boolean };
  /** How the last call ended, in JsSIP's words, who ended it, and the Reason that came with it (RFC 3326). */
  ended: { by: string; cause: string; reason: string | null } | null;
}

export class Phone {
  readonly state: State = {
    registered: false,
    refused: null,
    call: 'none',
    from: null,
    held: { local: false, remote: false },
    ended: null,
  };
  private agent?: UA;
  private session?: RTCSession;
  private ear?: AnalyserNode;

  register({ url, address, password }: Credentials): void {
    this.agent = new UA({ sockets: [new WebSocketInterface(url)], uri: address, password, user_agent: 'a JsSIP page' });
    this.agent.on('registered', () => (this.state.registered = true));
    this.agent.on('unregistered', () => (this.state.registered = false));
    this.agent.on('registrationFailed', ({ cause }) => (this.state.refused = String(cause)));
    this.agent.on('newRTCSession', ({ session }: { session: RTCSession }) => this.follow(session));
    this.agent.start();
  }

  /** Calls with the camera, without a microphone. */
  call(target: string): void {
    this.state.call = 'calling';
    this.agent!.call(target, { mediaConstraints: { audio: false, video: true } });
  }

  /** Calls with camera and microphone. */
  talk(target: string): void {
    this.state.call = 'calling';
    this.agent!.call(target, { mediaConstraints: { audio: true, video: true } });
  }

  /** The loudest frequency of what is heard, in hertz, and its level in decibels below the loudest. */
  async listen(): Promise<{ hertz: number; decibels: number }> {
    if (!this.ear) {
      const context = new AudioContext();
      await context.resume();
      const tracks = this.session!.connection.getReceivers().map(({ track }) => track);
      const sound = new MediaStream(tracks.filter(({ kind }) => kind === 'audio'));
      this.ear = new AnalyserNode(context, { fftSize: 8192 });
      context.createMediaStreamSource(sound).connect(this.ear);
    }
    const levels = new Float32Array(this.ear.frequencyBinCount);
    this.ear.getFloatFrequencyData(levels);
    const loudest = levels.indexOf(Math.max(...levels));
    return { hertz: (loudest * this.ear.context.sampleRate) / this.ear.fftSize, decibels: levels[loudest]! };
  }

  /** Answers to watch only. */
  answer(): void {
    this.session!.answer({ mediaConstraints: { audio: false, video: false } });
  }

  /** True where a re-INVITE could be sent. */
  hold(): boolean {
    return this.session!.hold();
  }

  resume(): boolean {
    return this.session!.unhold();
  }

  hangUp(): void {
    this.session!.terminate();
  }

  private follow(session: RTCSession): void {
    this.session = session;
    const { state } = this;
    state.ended = null;
    if (String(session.direction) === 'incoming') {
      state.call = 'incoming';
      state.from = session.remote_identity.uri.user;
    }
    const watch = (connection: RTCPeerConnection) => {
      connection.addEventListener('track', ({ track, streams }) => show(streams[0] ?? new MediaStream([track])));
    };
    if (session.connection) watch(session.connection);
    session.on('peerconnection', ({ peerconnection }: { peerconnection: RTCPeerConnection }) => watch(peerconnection));
    session.on('progress', () => {
      if (state.call === 'calling') state.call = 'ringing';
    });
    session.on('accepted', () => (state.call = 'active'));
    const onHold = () => (state.held = session.isOnHold());
    session.on('hold', onHold);
    session.on('unhold', onHold);
    const over = ({ originator, cause, message }: EndEvent) => {
      state.call = 'none';
      const reason = message?.getHeader('Reason') ?? null;
      state.ended = { by: String(originator), cause: String(cause), reason };
    };
    session.on('ended', over);
    session.on('failed', over);
  }
}

function show(stream: MediaStream): void {
  const video = document.querySelector('video')!;
  video.srcObject = stream;
}

declare global {
  interface Window {
    phone: Phone;
  }
}

window.phone = new Phone();
