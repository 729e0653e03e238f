// Things nobody should send, sent.

import { createSocket } from 'node:dgram';
import { connect } from 'node:net';

import type { Address } from './gateway.ts';
import { until } from './until.ts';

/** Sends datagrams from one socket and collects what comes back until `enough`. */
export async function datagrams(
  to: Address,
  make: (port: number) => (string | Buffer)[],
  enough: (answers: string[]) => boolean,
): Promise<string[]> {
  const socket = createSocket('udp4');
  const answers: string[] = [];
  socket.on('message', (bytes) => answers.push(bytes.toString('latin1')));
  await new Promise<void>((resolve) => socket.bind(0, '127.0.0.1', resolve));
  try {
    for (const datagram of make(socket.address().port)) {
      await new Promise<void>((resolve) => socket.send(datagram, to.port, to.host, () => resolve()));
    }
    await until('the gateway answers what it can', () => enough(answers));
  } finally {
    socket.close();
  }
  return answers;
}

/** Opens a TCP connection, sends, and gives back how it went on, having left it open until `done`. */
export async function overTcp(to: Address, bytes: string | Buffer, done: () => Promise<void>): Promise<string> {
  const socket = connect(to.port, to.host);
  let heard = '';
  socket.on('data', (part) => (heard += part.toString('latin1')));
  socket.on('error', () => undefined);
  await new Promise<void>((resolve) => socket.once('connect', resolve));
  socket.write(bytes);
  await done();
  socket.destroy();
  return heard;
}

/** A request with everything it needs, but for what `change` does to it. */
export function request(method: string, port: number, serial: number, change: (text: string) => string = same): string {
  const lines = [
    `${method} sip:nobody@127.0.0.1 SIP/2.0`,
    `Via: SIP/2.0/UDP 127.0.0.1:${port};branch=z9hG4bKhostile${serial};rport`,
    'Max-Forwards: 70',
    `From: <sip:mallory@127.0.0.1>;tag=${serial}`,
    'To: <sip:nobody@127.0.0.1>',
    `Call-ID: hostile-${port}-${serial}`,
    `CSeq: 1 ${method}`,
    'Content-Length: 0',
    '',
    '',
  ];
  return change(lines.join('\r\n'));
}

function same(text: string): string {
  return text;
}
