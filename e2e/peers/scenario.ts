// SIPp scenarios as they stand in `sipp/`, with the messages they name put in their places.

import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

const SCENARIOS = new URL('./sipp/', import.meta.url).pathname;

/** What only the one who answers a call adds to its To. */
const CALLEE_TAG = ';tag=[pid]e[call_number]';
/** T1, after which SIPp sends again what nobody answered (over UDP). */
const RETRANSMIT = ' retrans="500"';

type Attributes = Record<string, string>;

/**
 * Writes the scenario `name` as SIPp takes it to `file`, with `{word}` filled in from `words`.
 * `<send message="NAME" …/>` becomes `messages/NAME.sip` with `{attribute}` filled in; `headers` has
 * its lines between bars. `<call …/>` becomes the INVITE with CSeq 2, and before it the one that gets
 * the 407: who does not call over the connection of a registration proves who it is.
 */
export async function writeScenario(name: string, file: string, words: Attributes): Promise<void> {
  const text = fill(await readFile(join(SCENARIOS, `${name}.xml`), 'utf8'), words);
  const parts = text.split(/(<send message="[^>]*\/>|<call\b[^>]*\/>)/);
  const written = parts.map((part) => {
    if (part.startsWith('<call')) return call(attributes(part));
    return part.startsWith('<send message') ? send(attributes(part)) : part;
  });
  await writeFile(file, (await Promise.all(written)).join(''));
}

async function call(given: Attributes): Promise<string> {
  const invite = { ...given, message: 'invite' };
  const proved = [given['headers'], '[authentication]'].filter((line) => line !== undefined).join('|');
  return [
    await send({ ...invite, cseq: '1' }),
    '<recv response="100" optional="true"/>',
    '<recv response="407" auth="true"/>',
    await send({ message: 'of-invite', method: 'ACK', cseq: '1', tag: '[peer_tag_param]' }),
    await send({ ...invite, cseq: '2', headers: proved }),
  ].join('\n');
}

async function send(given: Attributes): Promise<string> {
  const { message = '', body, tag = '', headers = '', next, ...fields } = given;
  const description = body ? await readFile(join(SCENARIOS, 'messages', `${body}.sdp`), 'utf8') : '';
  const content = `Content-Type: application/sdp\nContent-Length: [len]\n\n${description}`;
  const filled: Attributes = {
    version: '1',
    direction: 'sendrecv',
    contact: 'sip:[user]@[local_ip]:[local_port];transport=[transport]',
    ...fields,
    tag: tag === 'callee' ? CALLEE_TAG : tag,
    headers: headers.replaceAll('|', '\n'),
    body: body ? content : 'Content-Length: 0\n',
  };
  const template = await readFile(join(SCENARIOS, 'messages', `${message}.sip`), 'utf8');
  // Twice: a body has fields too.
  const lines = fill(fill(template, filled), filled).replace(/\n\n(?=[A-Z][\w-]*:)/g, '\n');
  const again = sentAgain(given) ? RETRANSMIT : '';
  return `<send${again}${next ? ` next="${next}"` : ''}><![CDATA[\n${lines}\n]]></send>`;
}

/** Requests that a response ends, and the answer to an INVITE, which its ACK ends. */
function sentAgain({ method, status, body }: Attributes): boolean {
  if (status) return status.startsWith('200') && body !== undefined;
  return method !== 'ACK' && method !== 'CANCEL';
}

function attributes(text: string): Attributes {
  return Object.fromEntries([...text.matchAll(/([a-z]+)="([^"]*)"/g)].map(([, name = '', value = '']) => [name, value]));
}

function fill(template: string, values: Attributes): string {
  return template.replace(/\{([a-z]+)\}/g, (_, name: string) => {
    const value = values[name];
    if (value === undefined) throw new Error(`a scenario leaves {${name}} open in:\n${template}`);
    return value;
  });
}
