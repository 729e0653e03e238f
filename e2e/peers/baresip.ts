// baresip: a SIP phone that others wrote, without window or sound.

import { mkdtemp, mkdir, readFile, readdir, writeFile } from 'node:fs/promises';
import { type Socket, connect } from 'node:net';
import { join } from 'node:path';

import type { Account, Registrar } from '../support/gateway.ts';
import type { Picture } from '../support/pictures.ts';
import { freeSipPorts, freeTcpPort } from '../support/ports.ts';
import { Program } from '../support/program.ts';
import { until } from '../support/until.ts';
import { readPicture } from './film.ts';

export type BaresipCodec = 'H263' | 'H264';

interface Options {
  /** What it shows; a picture of its own otherwise. */
  film?: string;
  /** What it says; PCMU otherwise. */
  audio?: 'PCMU' | 'AMR';
  transport?: 'udp' | 'tcp' | 'tls';
  /** By TLS: the authority that must have certified the registrar. */
  authority?: string;
}

interface Event {
  type?: string;
  peeruri?: string;
  param?: string;
}

export class Baresip {
  readonly events: Event[] = [];
  private buffered = '';
  private pictures = 0;

  private constructor(
    private readonly program: Program,
    private readonly control: Socket,
    private readonly folder: string,
  ) {
    control.on('data', (bytes) => this.read(bytes.toString('latin1')));
    control.on('error', () => undefined);
  }

  /** Starts it and waits for the 200 to its REGISTER. */
  static async start(registrar: Registrar, account: Account, codec: BaresipCodec, options: Options = {}): Promise<Baresip> {
    const folder = await mkdtemp(join(registrar.folder, 'baresip-'));
    const sipPort = await freeSipPorts();
    const port = await until('a port is left for control', async () => {
      const free = await freeTcpPort();
      return free === sipPort || free === sipPort + 1 ? null : free;
    });
    await writeFile(join(folder, 'config'), configuration(port, sipPort, folder, options));
    await writeFile(join(folder, 'accounts'), registration(registrar, account, codec, options));
    await writeFile(join(folder, 'contacts'), '');
    const program = new Program('baresip', 'baresip', ['-f', folder, '-s'], { cwd: folder });
    const control = await until('baresip listens', () => open(port));
    const phone = new Baresip(program, control, folder);
    // It may be registered before its control interface listens: its log tells both ways.
    await until('baresip is registered', () => /200 OK.*\[1 binding/.test(program.log())).catch((error: Error) => {
      throw new Error(`${error.message}\n${program.log()}`);
    });
    return phone;
  }

  dial(number: string, domain: string): void {
    this.say('dial', `sip:${number}@${domain}`);
  }

  hangUp(): void {
    this.say('hangup');
  }

  /** Waits for an event of this kind. */
  event(type: string): Promise<Event> {
    return until(`baresip says ${type}`, () => this.events.find((event) => event.type === type), 20_000);
  }

  /** The last picture it decoded. */
  async picture(): Promise<Picture> {
    this.pictures += 1;
    const folder = join(this.folder, `picture-${this.pictures}`);
    await mkdir(folder);
    const file = join(folder, 'received.png');
    this.say('snapshot_recv', file);
    await until('baresip writes a picture', async () => {
      const written = await readdir(folder);
      return written.length > 0 && (await readPicture(file)).rgba.length > 0;
    });
    return readPicture(file);
  }

  /** How loud the last second is that it heard, of 32767. */
  async heard(): Promise<number> {
    const file = (await readdir(this.folder)).find((name) => name.startsWith('dump-') && name.endsWith('-dec.wav'));
    if (!file) return 0;
    const bytes = await readFile(join(this.folder, file));
    const samples = new Int16Array(bytes.buffer.slice(bytes.byteOffset + 44, bytes.byteOffset + (bytes.length & ~1))).slice(-8000);
    const sum = samples.reduce((total, sample) => total + sample * sample, 0);
    return Math.sqrt(sum / Math.max(samples.length, 1));
  }

  async stop(): Promise<void> {
    this.control.destroy();
    await this.program.stop();
  }

  log(): string {
    return [this.program.log(), ...this.events.map((event) => JSON.stringify(event))].join('\n');
  }

  /** Its control interface speaks JSON in netstrings. */
  private say(command: string, params = ''): void {
    const text = JSON.stringify({ command, params, token: command });
    this.control.write(`${text.length}:${text},`);
  }

  private read(text: string): void {
    this.buffered += text;
    for (;;) {
      const colon = this.buffered.indexOf(':');
      const length = Number(this.buffered.slice(0, colon));
      if (colon < 0 || this.buffered.length < colon + length + 2) return;
      this.events.push(JSON.parse(this.buffered.slice(colon + 1, colon + 1 + length)) as Event);
      this.buffered = this.buffered.slice(colon + length + 2);
    }
  }
}

function open(port: number): Promise<Socket | null> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1', () => resolve(socket));
    socket.once('error', () => resolve(null));
  });
}

function registration(registrar: Registrar, account: Account, codec: BaresipCodec, options: Options): string {
  const { transport = 'udp', audio = 'PCMU' } = options;
  const { host, port } = registrar[transport];
  const settings = [
    `<sip:${account.name}@${registrar.domain};transport=${transport}>`,
    `auth_user=${account.name}`,
    `auth_pass=${account.password}`,
    `outbound="sip:${host}:${port};transport=${transport}"`,
    'regint=300',
    'answermode=auto',
    `audio_codecs=${audio === 'AMR' ? 'AMR/8000/1' : audio}`,
    `video_codecs=${codec}`,
  ];
  return `${settings.join(';')}\n`;
}

function configuration(controlPort: number, sipPort: number, folder: string, { film, authority }: Options): string {
  const source = film ? `avformat,${film}` : 'fakevideo,nil';
  const modules = ['g711', 'amr', 'sndfile', 'ausine', 'aubridge', 'avcodec', 'avformat', 'fakevideo', 'snapshot'];
  const applications = ['contact', 'menu', 'ctrl_tcp'];
  const lines = [
    'poll_method epoll',
    'net_interface 127.0.0.1',
    `sip_listen 127.0.0.1:${sipPort}`,
    'sip_trans_def udp',
    ...(authority ? [`sip_cafile ${authority}`, 'sip_verify_server yes'] : []),
    'call_local_timeout 60',
    'call_max_calls 2',
    // Sound from a tone generator into nowhere; the generator wants 48 kHz stereo.
    'audio_source ausine,440',
    'audio_player aubridge,silence',
    'audio_alert aubridge,bell',
    'ausrc_srate 48000',
    'auplay_srate 48000',
    'ausrc_channels 2',
    'auplay_channels 2',
    `video_source ${source}`,
    'video_display fakevideo,nil',
    'video_size 176x144',
    'video_bitrate 256000',
    'video_fps 15.00',
    'video_fullscreen no',
    'videnc_format yuv420p',
    // Beside the range that the gateway hands out.
    'rtp_ports 42000-42098',
    'rtcp_mux no',
    'jitter_buffer_type off',
    'module_path /usr/lib/baresip/modules',
    ...modules.map((name) => `module ${name}.so`),
    'module_tmp uuid.so',
    'module_tmp account.so',
    ...applications.map((name) => `module_app ${name}.so`),
    // What it hears and says, as sound files.
    `snd_path ${folder}`,
    `ctrl_tcp_listen 127.0.0.1:${controlPort}`,
    'avcodec_h264enc libx264',
    'avcodec_h264dec h264',
  ];
  return `${lines.join('\n')}\n`;
}
