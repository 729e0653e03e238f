// SIPp speaks the signalling from a scenario of ours; FFmpeg packs, sends, receives and decodes the pictures.

import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

import { type Account, DOMAIN, type Gateway } from '../support/gateway.ts';
import { Program } from '../support/program.ts';
import { untilUdpBound } from '../support/ports.ts';
import { until } from '../support/until.ts';

const SCENARIOS = new URL('./sipp/', import.meta.url).pathname;

export interface Scenario {
  gateway: Gateway;
  account: Account;
  /** Its own SIP port. */
  port: number;
  /** Words for the scenario's `[keys]`. */
  keys?: Record<string, string | number>;
}

/** Starts one run of a scenario file. */
export function sipp(name: 'register' | 'caller' | 'callee', { gateway, account, port, keys = {} }: Scenario): Program {
  const { host, port: server } = gateway.udp;
  const words = Object.entries({ domain: DOMAIN, user: account.name, ...keys });
  return new Program(
    `sipp ${name}`,
    'sipp',
    [
      ...[`${host}:${server}`, '-sf', join(SCENARIOS, `${name}.xml`)],
      ...['-i', '127.0.0.1', '-p', String(port), '-t', 'u1', '-m', '1', '-nostdin'],
      ...['-au', account.name, '-ap', account.password],
      ...['-timeout', '60s', '-timeout_error', '-trace_err', '-trace_logs', '-log_file', logFile(gateway, name)],
      ...words.flatMap(([key, value]) => ['-key', key, String(value)]),
    ],
    { cwd: gateway.folder },
  );
}

/** The port for pictures that the gateway's answer named to the caller. */
export async function answeredPort(gateway: Gateway): Promise<number> {
  return until('SIPp logs the answered port', async () => {
    const log = await readFile(logFile(gateway, 'caller'), 'utf8').catch(() => '');
    return Number(/answered port ([1-9][0-9]*)/.exec(log)?.[1]) || null;
  });
}

/** Sends a film as H.263 in RTP (RFC 4629) from the ports that were offered. */
export function sendFilm(film: string, localPort: number, remotePort: number): Program {
  const there = `rtp://127.0.0.1:${remotePort}?localrtpport=${localPort}&localrtcpport=${localPort + 1}&pkt_size=1200`;
  return new Program('ffmpeg, sending', 'ffmpeg', [
    ...['-loglevel', 'error', '-re', '-stream_loop', '-1', '-i', film],
    ...['-c:v', 'h263', '-b:v', '256k', '-g', '15', '-payload_type', '96', '-f', 'rtp', there],
  ]);
}

/** Receives H.263 in RTP on a port and writes the decoded pictures, as raw RGBA, until there are enough. */
export async function receiveFilm(folder: string, port: number, pictures: number): Promise<{ program: Program; file: string }> {
  const description = join(folder, 'receive.sdp');
  const file = join(folder, 'received.rgba');
  const lines = ['v=0', 'o=- 0 0 IN IP4 127.0.0.1', 's=-', 'c=IN IP4 127.0.0.1', 't=0 0'];
  lines.push(`m=video ${port} RTP/AVP 96`, 'a=rtpmap:96 H263-2000/90000');
  await writeFile(description, `${lines.join('\r\n')}\r\n`);
  const program = new Program('ffmpeg, receiving', 'ffmpeg', [
    ...['-y', '-loglevel', 'error', '-protocol_whitelist', 'file,udp,rtp', '-i', description],
    ...['-frames:v', String(pictures), '-f', 'rawvideo', '-pix_fmt', 'rgba', file],
  ]);
  await untilUdpBound(port);
  return { program, file };
}

function logFile(gateway: Gateway, name: string): string {
  return join(gateway.folder, `sipp-${name}.log`);
}
