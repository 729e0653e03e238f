// A share goes on, picture by picture, whatever else arrives at the gateway.

import type { Gateway } from '../support/gateway.ts';
import type { Handset } from '../support/handset.ts';
import { datagrams, overTcp, request } from '../support/hostile.ts';
import { type Person, expect, test } from '../support/test.ts';

interface Scene {
  gateway: Gateway;
  person: Person;
  phone: Handset;
}

interface Case {
  name: string;
  attack: (scene: Scene) => Promise<void>;
  /** The operator's counter that rises by it; half a message is none yet. */
  counted?: 'malformed' | 'connections_broken';
  mayComplain?: RegExp;
}

const cases: Case[] = [
  {
    name: 'a request whose CSeq is no number gets a 400 over UDP',
    counted: 'malformed',
    attack: async ({ gateway }) => {
      const broken = (port: number) => [request('OPTIONS', port, 1, (text) => text.replace('CSeq: 1', 'CSeq: one'))];
      const [answer] = await datagrams(gateway.udp, broken, (answers) => answers.length > 0);
      expect(answer).toMatch(/^SIP\/2\.0 400 /);
    },
  },
  {
    name: 'datagrams of noise, half messages and missing headers',
    counted: 'malformed',
    attack: async ({ gateway }) => {
      const noise = (port: number) => {
        const whole = request('INVITE', port, 2);
        const halves = Array.from({ length: 60 }, (_, index) => whole.slice(0, index * 5));
        const garbage = Array.from({ length: 60 }, (_, index) => Buffer.alloc(1 + index * 20, (index * 37) % 256));
        const odd = ['\r\n\r\n', 'SIP/2.0 200 OK\r\n\r\n', 'INVITE\r\n\r\n', ' \0\0 sip: SIP/2.0\r\n\r\n'];
        // A proper request last: its answer says that everything before it was read.
        return [...halves, ...garbage, ...odd, request('OPTIONS', port, 3)];
      };
      await datagrams(gateway.udp, noise, (answers) => answers.some((answer) => answer.includes('-3\r\n')));
    },
  },
  {
    // Strangers are asked who they are (407) before anything is looked up: no counter of its own.
    name: 'a flood of unknown methods',
    attack: async ({ gateway }) => {
      const flood = (port: number) => Array.from({ length: 2_000 }, (_, serial) => request(`ODD${serial}`, port, serial));
      // UDP may drop some of them; a running gateway answers.
      const answers = await datagrams(gateway.udp, flood, (answers) => answers.length >= 20);
      expect(answers[0]).toMatch(/^SIP\/2\.0 [45]\d\d /);
    },
  },
  {
    name: 'half a message on a TCP connection that stays open',
    attack: async ({ gateway, phone }) => {
      const half = request('INVITE', gateway.tcp.port, 4, (text) => text.slice(0, text.length / 2).replace('UDP', 'TCP'));
      await overTcp(gateway.tcp, half, () => goesOn(phone));
    },
  },
  {
    name: 'a message that claims a body of four gigabytes over TCP',
    counted: 'connections_broken',
    attack: async ({ gateway, phone }) => {
      const greedy = request('OPTIONS', gateway.tcp.port, 5, (text) =>
        text.replace('Content-Length: 0', 'Content-Length: 4294967295').replace('UDP', 'TCP'));
      await overTcp(gateway.tcp, greedy, () => goesOn(phone));
    },
  },
  {
    name: 'a malformed request gets a 400 over WebSocket',
    counted: 'malformed',
    attack: async ({ person }) => {
      const text = request('OPTIONS', 1, 6, (text) => text.replace('CSeq: 1', 'CSeq: one').replace('UDP', 'WS'));
      expect(await overWebSocket(person, [text], 'message')).toMatch(/^SIP\/2\.0 400 /);
    },
  },
  {
    name: 'noise over WebSocket',
    counted: 'malformed',
    attack: async ({ person }) => {
      const proper = request('OPTIONS', 1, 7, (text) => text.replace('UDP', 'WS'));
      const noise = ['', '\0', 'INVITE', '\r\n\r\n\r\n', proper.slice(0, 90), 'SIP/2.0 999 \r\n\r\n'];
      expect(await overWebSocket(person, [...noise, proper], 'last')).toMatch(/^SIP\/2\.0 /);
    },
  },
  {
    name: 'a frame of ten megabytes over WebSocket',
    counted: 'connections_broken',
    // The gateway may break the connection off, and Chromium says so.
    mayComplain: /WebSocket connection to/,
    attack: async ({ person }) => {
      expect(await overWebSocket(person, ['A'.repeat(10 * 1024 * 1024)], 'close')).toBe('closed');
    },
  },
];

for (const { name, attack, counted, mayComplain } of cases) {
  test(name, async ({ gateway, person, handset }) => {
    const phone = await handset('phone', 'nokia-6680');
    const anna = await person('anna', mayComplain ? { mayComplain } : {});
    await anna.client.share(phone.number);
    await anna.client.expectBanner('live');
    await phone.until('sees pictures', ({ receive }) => (receive.pattern?.right ?? 0) >= 5, 30_000);
    const before = await phone.status();
    const counters = await gateway.counters();

    await attack({ gateway, person: anna, phone });

    await goesOn(phone);
    if (counted) expect((await gateway.counters())[counted]).toBeGreaterThan(counters[counted] ?? 0);
    const after = await phone.status();
    expect(after.call?.id).toBe(before.call?.id);
    expect(after.receive.pattern!.psnr_db_mean).toBeGreaterThanOrEqual(25);
    await anna.client.expectRegistered();
    await anna.client.expectBanner('live');
    await anna.client.part('stop-button').click();
    await phone.until('is free again', ({ call }) => call === null);
  });
}

/** Ten more right pictures, each a later one. */
async function goesOn(phone: Handset): Promise<void> {
  const { receive } = await phone.status();
  const seen = receive.pattern!.right;
  const after = await phone.until('goes on decoding', ({ receive }) => (receive.pattern?.right ?? 0) >= seen + 10);
  expect(after.receive.pattern!.last_counter).not.toBe(receive.pattern!.last_counter);
}

/** Sends frames on a second WebSocket of the page; resolves with an answer, or with `closed`. */
function overWebSocket({ client }: Person, frames: string[], until: 'message' | 'last' | 'close'): Promise<string> {
  return client.page.evaluate(
    ({ frames, until }) =>
      new Promise<string>((resolve) => {
        const url = new URL('/ws', location.href.replace(/^http/, 'ws'));
        const socket = new WebSocket(url, 'sip');
        const call = frames.at(-1)?.match(/Call-ID: (\S+)/)?.[1] ?? '';
        socket.onopen = () => frames.forEach((frame) => socket.send(frame));
        socket.onclose = () => resolve('closed');
        socket.onmessage = async ({ data }) => {
          const text = typeof data === 'string' ? data : await (data as Blob).text();
          if (until === 'message' || (until === 'last' && text.includes(call))) {
            resolve(text);
            socket.close();
          }
        };
      }),
    { frames, until },
  );
}
