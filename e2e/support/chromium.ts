// A browser without a window. Its camera, if it has one, shows the numbered test pattern.

import { type Browser, chromium } from '@playwright/test';

const QUIET = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
  // Pictures must keep coming while a test looks at another page.
  '--disable-background-timer-throttling',
  '--disable-backgrounding-occluded-windows',
  '--disable-renderer-backgrounding',
  '--autoplay-policy=no-user-gesture-required',
  // The gateway offers 127.0.0.1, and so must the browser.
  '--allow-loopback-in-peer-connection',
  '--disable-features=WebRtcHideLocalIpsWithMdns',
];

export async function launch(film?: string, more: string[] = []): Promise<Browser> {
  const camera = film ? ['--use-fake-device-for-media-stream', `--use-file-for-fake-video-capture=${film}`] : [];
  return chromium.launch({
    executablePath: process.env['SIDECAM_CHROMIUM'] || undefined,
    args: [...QUIET, ...camera, ...more],
  });
}
