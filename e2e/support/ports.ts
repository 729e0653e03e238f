// Ports for programs that cannot choose a free one themselves.

import { createSocket } from 'node:dgram';
import { readFile, readdir, readlink } from 'node:fs/promises';
import { createServer } from 'node:net';
import { join } from 'node:path';

import { until } from './until.ts';

export async function freeTcpPort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as { port: number };
  await new Promise((resolve) => server.close(resolve));
  return port;
}

/** A port that is free over UDP and TCP, and over TCP the next one too: baresip takes that for TLS. */
export async function freeSipPorts(): Promise<number> {
  return until('two neighbouring ports are free for SIP', async () => {
    const port = await freeUdpPort();
    return (await isTcpFree(port)) && (await isTcpFree(port + 1)) ? port : null;
  });
}

export async function freeUdpPort(): Promise<number> {
  const port = await bindUdp(0);
  if (port === null) throw new Error('the system has no free UDP port');
  return port;
}

/** An even port whose odd neighbour is free too: RTP and RTCP (RFC 3550 §11). */
export async function freeRtpPorts(): Promise<number> {
  return until('two neighbouring UDP ports are free', async () => {
    const port = (await freeUdpPort()) & ~1;
    const both = (await bindUdp(port)) !== null && (await bindUdp(port + 1)) !== null;
    return both ? port : null;
  });
}

/** Waits until a program listens on a UDP port. */
export async function untilUdpBound(port: number): Promise<void> {
  const suffix = `:${port.toString(16).toUpperCase().padStart(4, '0')} `;
  await until(`UDP port ${port} is bound`, async () => (await readFile('/proc/net/udp', 'utf8')).includes(suffix));
}

/** The UDP ports over IPv4 that a program holds, as the kernel lists them. */
export async function udpPortsOf(processId: number): Promise<number[]> {
  const folder = `/proc/${processId}/fd`;
  const names = await readdir(folder);
  const links = await Promise.all(names.map((name) => readlink(join(folder, name)).catch(() => '')));
  const own = new Set(links.map((link) => /^socket:\[(\d+)\]/.exec(link)?.[1]).filter((inode) => inode !== undefined));
  const rows = (await readFile('/proc/net/udp', 'utf8')).trim().split('\n').slice(1);
  const sockets = rows.map((row) => row.trim().split(/\s+/));
  return sockets.filter((row) => own.has(row[9] ?? '')).map((row) => parseInt((row[1] ?? '').split(':')[1] ?? '0', 16));
}

function isTcpFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', () => resolve(false));
    server.listen(port, '127.0.0.1', () => server.close(() => resolve(true)));
  });
}

function bindUdp(port: number): Promise<number | null> {
  return new Promise((resolve) => {
    const socket = createSocket('udp4');
    socket.once('error', () => resolve(null));
    socket.bind(port, '127.0.0.1', () => {
      const bound = socket.address().port;
      socket.close(() => resolve(bound));
    });
  });
}
