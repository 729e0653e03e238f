// The numbered test pattern as a film that others show, send and receive, and their pictures as we read them.

import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

import { program } from '../support/environment.ts';
import type { Picture } from '../support/pictures.ts';
import { untilUdpBound } from '../support/ports.ts';
import { Program, output } from '../support/program.ts';

/** What every H.263 decoder takes. */
export const QCIF = '176x144';

/** Ten seconds of the pattern in QCIF, hardly compressed. */
export async function qcifFilm(folder: string): Promise<string> {
  const raw = join(folder, 'pattern.y4m');
  const film = join(folder, 'pattern.mp4');
  await output(program(), ['pattern', 'write', raw, '--size', QCIF, '--fps', '15', '--frames', '150']);
  await output('ffmpeg', ['-y', '-loglevel', 'error', '-i', raw, '-c:v', 'libx264', '-crf', '6', '-g', '15', film]);
  return film;
}

/** A picture file (PNG) as pixels. */
export async function readPicture(file: string): Promise<Picture> {
  const size = await output('ffprobe', ['-loglevel', 'error', '-show_entries', 'stream=width,height', '-of', 'csv=p=0', file]);
  const [width = 0, height = 0] = size.trim().split(',').map(Number);
  const raw = `${file}.rgba`;
  await output('ffmpeg', ['-y', '-loglevel', 'error', '-i', file, '-f', 'rawvideo', '-pix_fmt', 'rgba', raw]);
  return { width, height, rgba: await readFile(raw) };
}

/** Raw pictures of one size, one after the other. */
export async function readPictures(file: string, width: number, height: number): Promise<Picture[]> {
  const bytes = await readFile(file);
  const length = width * height * 4;
  const count = Math.floor(bytes.length / length);
  return Array.from({ length: count }, (_, index) => ({
    width,
    height,
    rgba: bytes.subarray(index * length, (index + 1) * length),
  }));
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
