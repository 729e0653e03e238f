// Somebody else's site with Sidecam inside: the page of docs/embedding, or another, and the server behind it.

import { readFileSync } from 'node:fs';
import { type Server, createServer } from 'node:http';

const DEMO = new URL('../../docs/embedding/demo.html', import.meta.url).pathname;

export class IntegratorSite {
  /** Where the gateway is, once it has started. */
  sidecam = '';
  /** Whom tokens are for, and whom the page is about. */
  subscriber = '';
  to = '';
  /** The page, with the address and the number in place of `{{sidecam}}` and `{{to}}`. */
  html = readFileSync(DEMO, 'utf8');
  /** How long tokens are asked for, in seconds. */
  lifetime = 600;
  /** What the gateway gave, newest last. */
  readonly tokens: { id: string; token: string }[] = [];

  private constructor(
    private readonly server: Server,
    readonly origin: string,
    private readonly secret: string,
  ) {}

  static async start(secret: string): Promise<IntegratorSite> {
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(0, 'localhost', resolve));
    const { port } = server.address() as { port: number };
    const site = new IntegratorSite(server, `http://localhost:${port}`, secret);
    server.on('request', async (request, response) => {
      if (request.method === 'POST' && request.url === '/sidecam-token') {
        const given = await site.ask('POST', '/api/v1/tokens', { subscriber: site.subscriber, expires_in: site.lifetime });
        const body = (await given.json()) as { id: string; token: string };
        if (given.ok) site.tokens.push(body);
        response.writeHead(given.status, { 'content-type': 'application/json' }).end(JSON.stringify({ token: body.token }));
      } else if (request.url === '/') {
        const html = site.html.replaceAll('{{sidecam}}', site.sidecam).replaceAll('{{to}}', site.to);
        response.writeHead(200, { 'content-type': 'text/html' }).end(html);
      } else {
        response.writeHead(request.url === '/favicon.ico' ? 204 : 404).end();
      }
    });
    return site;
  }

  /** Takes back the token that was given last. */
  async takeBack(): Promise<number> {
    const { status } = await this.ask('DELETE', `/api/v1/tokens/${this.tokens.at(-1)?.id}`);
    return status;
  }

  /** Whether the gateway knows the subscriber already: an account that is made while it runs is known a moment later. */
  async isKnown(): Promise<boolean> {
    const given = await this.ask('POST', '/api/v1/tokens', { subscriber: this.subscriber, expires_in: 10 });
    return given.ok;
  }

  async stop(): Promise<void> {
    this.server.closeAllConnections();
    await new Promise((resolve) => this.server.close(resolve));
  }

  private ask(method: string, path: string, body?: object): Promise<Response> {
    const headers = { authorization: `Bearer ${this.secret}`, 'content-type': 'application/json' };
    return fetch(new URL(path, this.sidecam), { method, headers, ...(body && { body: JSON.stringify(body) }) });
  }
}
