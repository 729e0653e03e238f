// GStreamer as packetizer and depacketizer of others' H.263; FFmpeg encodes and decodes for it.

import { join } from 'node:path';

import { output, Program } from '../support/program.ts';
import { untilUdpBound } from '../support/ports.ts';

/** Sends a film as H.263 in RTP (RFC 4629) from the port that was offered, as fast as it is shown. */
export async function gstreamerSends(film: string, folder: string, localPort: number, remotePort: number): Promise<Program> {
  const file = join(folder, 'film.3gp');
  await output('ffmpeg', ['-y', '-loglevel', 'error', '-i', film, '-c:v', 'h263', '-b:v', '256k', '-g', '15', '-ps', '1', file]);
  return new Program('gstreamer, sending', 'gst-launch-1.0', [
    ...['filesrc', `location=${file}`, '!', 'qtdemux', '!', 'rtph263ppay', 'pt=96', 'mtu=1200', '!'],
    ...['udpsink', 'host=127.0.0.1', `port=${remotePort}`, 'bind-address=127.0.0.1', `bind-port=${localPort}`, 'sync=true'],
  ]);
}

/** Receives H.263 in RTP on a port and writes what its depacketizer makes of it. */
export async function gstreamerReceives(folder: string, port: number): Promise<{ program: Program; file: string }> {
  const file = join(folder, 'received.h263');
  const caps = 'application/x-rtp,media=video,clock-rate=90000,encoding-name=H263-2000,payload=96';
  const program = new Program('gstreamer, receiving', 'gst-launch-1.0', [
    ...['udpsrc', 'address=127.0.0.1', `port=${port}`, `caps=${caps}`, '!', 'rtpjitterbuffer', 'latency=50', '!'],
    ...['rtph263pdepay', '!', 'filesink', `location=${file}`, 'buffer-mode=unbuffered'],
  ]);
  await untilUdpBound(port);
  return { program, file };
}

/** Decodes a file of H.263 pictures as far as it goes, to raw RGBA. */
export async function decoded(file: string): Promise<string> {
  const pictures = `${file}.rgba`;
  await output('ffmpeg', ['-y', '-loglevel', 'fatal', '-f', 'h263', '-i', file, '-f', 'rawvideo', '-pix_fmt', 'rgba', pictures]);
  return pictures;
}
