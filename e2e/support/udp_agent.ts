// A caller and callee as small as they can be (SIP over UDP with Digest), to time what stands between them.

import { createHash, randomBytes } from 'node:crypto';
import { type Socket, createSocket } from 'node:dgram';

import { type Account, type Address, DOMAIN } from './gateway.ts';

interface Answer {
  status: number;
  text: string;
  arrived: number;
}

interface Challenge {
  realm: string;
  nonce: string;
  header: string;
  count: number;
}

const ANSWER_WITHIN_MS = 5_000;

export class UdpAgent {
  private readonly waiting = new Map<string, (answer: Answer) => void>();
  /** ACKs that came. */
  acknowledged = 0;
  private challenge?: Challenge;
  private serial = 0;

  private constructor(
    private readonly socket: Socket,
    private readonly account: Account,
  ) {
    socket.on('message', (bytes) => this.hear(bytes.toString('latin1')));
  }

  static async open(account: Account): Promise<UdpAgent> {
    const socket = createSocket('udp4');
    await new Promise<void>((resolve) => socket.bind(0, '127.0.0.1', resolve));
    return new UdpAgent(socket, account);
  }

  get address(): Address {
    return { host: '127.0.0.1', port: this.socket.address().port };
  }

  get number(): string {
    return this.account.number;
  }

  close(): void {
    this.socket.close();
  }

  async register(server: Address): Promise<void> {
    const uri = `sip:${DOMAIN}`;
    const call = randomBytes(8).toString('hex');
    const to = `<sip:${this.account.name}@${DOMAIN}>`;
    const { answer } = await this.authorised(server, 'REGISTER', uri, { call, to, body: '', extra: ['Expires: 600'] });
    if (answer.status !== 200) throw new Error(answer.text);
  }

  /** One call, hung up once it is answered: milliseconds from the (last) INVITE to its 200. */
  async call(server: Address, number: string): Promise<number> {
    const uri = `sip:${number}@${DOMAIN}`;
    const call = randomBytes(8).toString('hex');
    const offer = { call, to: `<${uri}>`, body: description(), extra: ['Content-Type: application/sdp'] };
    const { answer, sent, sequence } = await this.authorised(server, 'INVITE', uri, offer);
    if (answer.status !== 200) throw new Error(answer.text);
    const to = header(answer.text, 'To');
    const target = /<([^>]+)>/.exec(header(answer.text, 'Contact'))?.[1] ?? uri;
    this.send(server, this.request('ACK', target, sequence, { call, to, body: '', extra: [] }).text);
    const bye = this.request('BYE', target, sequence + 1, { call, to, body: '', extra: [] });
    await this.exchange(server, bye);
    return answer.arrived - sent;
  }

  /** A proved INVITE with its CANCEL right behind it, before anything can have come back: how each is answered. */
  async giveUpAtOnce(server: Address, number: string): Promise<{ invite: number; cancel: number }> {
    const uri = `sip:${number}@${DOMAIN}`;
    const call = randomBytes(8).toString('hex');
    const parts = { call, to: `<${uri}>`, body: '', extra: [] };
    const offer = { ...parts, body: description(), extra: ['Content-Type: application/sdp'] };
    const unproved = this.request('INVITE', uri, 1, offer);
    const asked = await this.exchange(server, unproved);
    this.acknowledgeRefusal(server, uri, 1, parts, unproved.branch, asked);
    const proof = this.authorisation(challengeOf(asked), 'INVITE', uri);
    const invite = this.request('INVITE', uri, 2, { ...offer, extra: [...offer.extra, proof] });
    const cancel = this.request('CANCEL', uri, 2, parts).text.replace(/branch=[^;]+/, `branch=${invite.branch}`);
    const [refused, cancelled] = await Promise.all([
      this.exchange(server, invite),
      this.exchange(server, { branch: invite.branch, text: cancel }),
    ]);
    this.acknowledgeRefusal(server, uri, 2, parts, invite.branch, refused);
    return { invite: refused.status, cancel: cancelled.status };
  }

  /** As a callee: 200 to everything, at once, and to an INVITE so many times. */
  answerEverything(times = 1): void {
    this.socket.on('message', (bytes, from) => {
      const text = bytes.toString('latin1');
      if (text.startsWith('ACK')) this.acknowledged += 1;
      if (text.startsWith('SIP/2.0') || text.startsWith('ACK')) return;
      const invite = text.startsWith('INVITE');
      const to = header(text, 'To');
      const copied = text.split('\r\n').filter((line) => /^(Via|Record-Route|From|Call-ID|CSeq):/i.test(line));
      const body = invite ? description() : '';
      const lines = [
        'SIP/2.0 200 OK',
        ...copied,
        `To: ${to.includes(';tag=') ? to : `${to};tag=callee`}`,
        `Contact: <sip:${this.account.name}@127.0.0.1:${this.address.port}>`,
        ...(invite ? ['Content-Type: application/sdp'] : []),
        `Content-Length: ${body.length}`,
      ];
      const answer = `${lines.join('\r\n')}\r\n\r\n${body}`;
      for (let copy = 0; copy < (invite ? times : 1); copy += 1) this.send({ host: from.address, port: from.port }, answer);
    });
  }

  /** Sends with what is known of the server's challenge; a new challenge is answered once. */
  private async authorised(server: Address, method: string, uri: string, parts: Parts) {
    let sequence = 1;
    for (;;) {
      const known = this.challenge ? [this.authorisation(this.challenge, method, uri)] : [];
      const request = this.request(method, uri, sequence, { ...parts, extra: [...parts.extra, ...known] });
      const sent = performance.now();
      const answer = await this.exchange(server, request);
      const challenged = answer.status === 401 || answer.status === 407;
      if (!challenged || sequence > 2) return { answer, sent, sequence };
      if (method === 'INVITE') this.acknowledgeRefusal(server, uri, sequence, parts, request.branch, answer);
      this.challenge = challengeOf(answer);
      sequence += 1;
    }
  }

  private acknowledgeRefusal(
    server: Address,
    uri: string,
    sequence: number,
    parts: Parts,
    branch: string,
    { text }: Answer,
  ): void {
    const ack = this.request('ACK', uri, sequence, { ...parts, to: header(text, 'To'), body: '', extra: [] });
    this.send(server, ack.text.replace(/branch=[^;]+/, `branch=${branch}`));
  }

  private authorisation(challenge: Challenge, method: string, uri: string): string {
    challenge.count += 1;
    const { realm, nonce, header } = challenge;
    const count = challenge.count.toString(16).padStart(8, '0');
    const client = randomBytes(8).toString('hex');
    const secret = md5(`${this.account.name}:${realm}:${this.account.password}`);
    const response = md5(`${secret}:${nonce}:${count}:${client}:auth:${md5(`${method}:${uri}`)}`);
    const fields = [
      `username="${this.account.name}", realm="${realm}", nonce="${nonce}", uri="${uri}"`,
      `response="${response}", algorithm=MD5, cnonce="${client}", qop=auth, nc=${count}`,
    ];
    return `${header}: Digest ${fields.join(', ')}`;
  }

  private request(method: string, uri: string, sequence: number, { call, to, body, extra }: Parts) {
    this.serial += 1;
    const branch = `z9hG4bK${call}${this.serial}`;
    const lines = [
      `${method} ${uri} SIP/2.0`,
      `Via: SIP/2.0/UDP 127.0.0.1:${this.address.port};branch=${branch};rport`,
      'Max-Forwards: 70',
      `From: <sip:${this.account.name}@${DOMAIN}>;tag=${call.slice(0, 6)}`,
      `To: ${to}`,
      `Call-ID: ${call}`,
      `CSeq: ${sequence} ${method}`,
      `Contact: <sip:${this.account.name}@127.0.0.1:${this.address.port}>`,
      ...extra,
      `Content-Length: ${body.length}`,
    ];
    return { branch, text: `${lines.join('\r\n')}\r\n\r\n${body}` };
  }

  private exchange(server: Address, { branch, text }: { branch: string; text: string }): Promise<Answer> {
    return new Promise((resolve, reject) => {
      const late = setTimeout(() => reject(new Error(`no answer to:\n${text}`)), ANSWER_WITHIN_MS);
      const key = transaction(branch, text);
      this.waiting.set(key, (answer) => {
        if (answer.status < 200) return;
        clearTimeout(late);
        this.waiting.delete(key);
        resolve(answer);
      });
      this.send(server, text);
    });
  }

  private send({ host, port }: Address, text: string): void {
    this.socket.send(text, port, host);
  }

  private hear(text: string): void {
    const arrived = performance.now();
    const status = Number(/^SIP\/2\.0 (\d\d\d)/.exec(text)?.[1] ?? 0);
    const branch = /branch=([^;\s]+)/.exec(header(text, 'Via'))?.[1] ?? '';
    if (status) this.waiting.get(transaction(branch, text))?.({ status, text, arrived });
  }
}

interface Parts {
  call: string;
  to: string;
  body: string;
  extra: string[];
}

function header(text: string, name: string): string {
  return new RegExp(`^${name}:\\s*(.*?)\\r$`, 'im').exec(text)?.[1] ?? '';
}

/** A CANCEL has the branch of what it cancels. */
function transaction(branch: string, text: string): string {
  return `${branch} ${header(text, 'CSeq').split(' ')[1]}`;
}

function challengeOf(answer: Answer): Challenge {
  const name = answer.status === 401 ? 'WWW-Authenticate' : 'Proxy-Authenticate';
  const lines = answer.text.split('\r\n').filter((line) => line.toLowerCase().startsWith(name.toLowerCase()));
  const line = lines.find((line) => /algorithm="?MD5"?(,|$|\s)/i.test(line) || !/algorithm/i.test(line)) ?? '';
  const field = (key: string) => new RegExp(`${key}="([^"]*)"`).exec(line)?.[1] ?? '';
  const header = answer.status === 401 ? 'Authorization' : 'Proxy-Authorization';
  return { realm: field('realm'), nonce: field('nonce'), header, count: 0 };
}

function description(): string {
  const lines = ['v=0', 'o=- 1 1 IN IP4 127.0.0.1', 's=-', 'c=IN IP4 127.0.0.1', 't=0 0'];
  lines.push('m=video 6000 RTP/AVP 96', 'a=rtpmap:96 H263-2000/90000', 'a=fmtp:96 profile=0;level=45');
  return `${lines.join('\r\n')}\r\n`;
}

function md5(text: string): string {
  return createHash('md5').update(text).digest('hex');
}
