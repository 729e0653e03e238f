// A gateway that speaks TLS on loopback, and the authority that certified it: itself.

import { mkdtemp } from 'node:fs/promises';
import { join } from 'node:path';

import { runFolder } from './environment.ts';
import type { Settings } from './gateway.ts';
import { output } from './program.ts';

/** Settings of a gateway with a certificate for 127.0.0.1, and the file of its authority. */
export async function certified(): Promise<{ settings: Settings; authority: string }> {
  const folder = await mkdtemp(join(runFolder(), 'certificate-'));
  const [key, certificate] = [join(folder, 'key.pem'), join(folder, 'certificate.pem')];
  await output('openssl', [
    ...['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-noenc', '-days', '2'],
    ...['-subj', '/CN=127.0.0.1', '-addext', 'subjectAltName=IP:127.0.0.1', '-keyout', key, '-out', certificate],
  ]);
  return { settings: { sip: { tls: '127.0.0.1:0' }, tls: { certificate, key } }, authority: certificate };
}
