// `sidecam handset`: a simulated phone, steered and questioned over its page's interface.

import { program } from './environment.ts';
import type { Account, Registrar } from './gateway.ts';
import { Program } from './program.ts';
import { until } from './until.ts';

export type Profile =
  | 'nokia-6630'
  | 'nokia-6680'
  | 'nokia-n70'
  | 'nokia-5230'
  | 'operator-variant'
  | 'rcs-e'
  | 'ims-terminal';

export interface Pattern {
  /** Pictures whose frame counter could be read. */
  right: number;
  last_counter: number;
  psnr_db_mean: number;
}

export interface Status {
  registered: boolean;
  call: { id: string; direction: string; peer: string; state: 'ringing' | 'calling' | 'active'; since_ms: number } | null;
  /** Null where no picture has been decoded. */
  receive: {
    frames: number;
    codec: string | null;
    payload_type: number | null;
    width: number | null;
    height: number | null;
    frames_per_second: number;
    first_picture_ms: number | null;
    pattern: Pattern | null;
    rtp: { packets: number; lost: number; bytes: number };
    /** Reports that came from the peer. */
    rtcp: { sr: number; rr: number };
  };
  /** `waits_for_user`: the camera is shut until the phone's user says yes. */
  send: { frames: number; codec: string | null; waits_for_user: boolean };
  /** Null where no call had sound. Level and loudest frequency are of what was heard in the last second. */
  audio: { codec: string; sent_packets: number; received_packets: number; rms: number; hertz: number } | null;
  last_end: { by: string; status: number | null; reason: string | null } | null;
  ended_calls: number;
}

/** The page's interface of a handset, wherever it was started. */
export class HandsetPage {
  constructor(readonly url: string) {}

  async status(): Promise<Status> {
    const response = await fetch(new URL('/api/status', this.url));
    return (await response.json()) as Status;
  }

  /** Waits until the status is as wanted, and gives it. */
  async until(what: string, wanted: (status: Status) => unknown, withinMs?: number): Promise<Status> {
    let last: Status | undefined;
    const ask = async () => {
      last = await this.status();
      return wanted(last) ? last : null;
    };
    return until(`the handset ${what}`, ask, withinMs).catch((error: Error) => {
      throw new Error(`${error.message}\n${JSON.stringify(last)}`);
    });
  }

  share(number: string): Promise<void> {
    return this.post('share', { to: number });
  }

  /** Calls to talk. */
  talk(number: string): Promise<void> {
    return this.post('talk', { to: number });
  }

  answer(): Promise<void> {
    return this.post('answer');
  }

  decline(): Promise<void> {
    return this.post('decline');
  }

  /** The phone's user lets the camera open, of a model that asks. */
  confirm(): Promise<void> {
    return this.post('confirm');
  }

  /** A voice call with that number, with 'anybody', or with 'nobody'. */
  inCall(number: string): Promise<void> {
    return this.post('in-call', { with: number });
  }

  end(): Promise<void> {
    return this.post('end');
  }

  private async post(path: string, body?: object): Promise<void> {
    const response = await fetch(new URL(`/api/${path}`, this.url), {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(body ?? {}),
    });
    if (!response.ok) throw new Error(`${path}: ${response.status} ${await response.text()}`);
  }
}

export class Handset extends HandsetPage {
  private constructor(private readonly program: Program, page: string, readonly number: string) {
    super(page);
  }

  static async start(
    registrar: Registrar,
    account: Account,
    profile: Profile,
    onInvite: 'answer' | 'ring' | 'decline' | 'busy',
    more: string[] = [],
  ): Promise<Handset> {
    const { host, port } = registrar.udp;
    const words = [
      ...['handset', '--profile', profile, '--registrar', `${host}:${port}`, '--domain', registrar.domain],
      ...['--user', account.name, '--number', account.number, '--password-file', account.passwordFile],
      // Bare of the burnt-in time, so that the pictures can be scored.
      ...['--on-invite', onInvite, '--pattern-text', 'none', ...more],
    ];
    const started = new Program(`handset ${account.name}`, program(), words, { cwd: registrar.folder });
    const { page } = await started.ready<{ page: string }>();
    return new Handset(started, page, account.number);
  }

  stop(): Promise<void> {
    return this.program.stop();
  }

  log(): string {
    return this.program.log();
  }
}
