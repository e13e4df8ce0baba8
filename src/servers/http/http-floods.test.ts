import { once } from 'node:events';
import { connect } from 'node:net';
import { text } from 'node:stream/consumers';

import type { FastifyInstance } from 'fastify';
import { afterEach, describe, expect, it } from 'vitest';

import { apiPlugin } from './api-plugin.js';
import { type HttpServer, startHttpServer } from './http-server.js';

let server: HttpServer | undefined;

afterEach(() => server?.stop());

async function start(addRoutes: (app: FastifyInstance) => void) {
  const { port, url } = (server = await startHttpServer({ plugins: [apiPlugin({ addRoutes })] }));
  return { port, send: (path: string) => fetch(url + path) };
}

function addEcho(app: FastifyInstance): void {
  const body = { type: 'object', properties: { x: { type: 'string' } } };
  app.post('/echo/:name', { schema: { body } }, async ({ body: said }) => said);
  app.get('/seen', async () => ({ seen: true }));
}

/** Sends text, ends the client's side, and resolves with all that comes back. */
async function exchange(port: number, sent: string): Promise<string> {
  const socket = connect({ port, host: '127.0.0.1', allowHalfOpen: true });
  socket.end(sent);
  return text(socket);
}

describe('a server that is flooded', () => {
  it('refuses a body of too many pieces, and reads no body that nobody would take', async () => {
    const { port } = await start(addEcho);
    const head = (path: string) =>
      `POST ${path} HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n`;
    const pieces = (count: number) => '1\r\n \r\n'.repeat(count);
    const last = '2\r\n{}\r\n0\r\n\r\n';
    expect(await exchange(port, `${head('/echo/x')}${pieces(900)}${last}`)).toMatch(/^HTTP\/1\.1 200 /);
    for (const [path, status] of [
      ['/echo/x', 413],
      ['/nowhere', 404],
    ] as const) {
      const socket = connect(port, '127.0.0.1');
      socket.write(`${head(path)}${pieces(2000)}`);
      const answer = await text(socket);
      expect(answer).toMatch(new RegExp(`^HTTP/1\\.1 ${status} .*connection: close`, 'is'));
    }
    const kept = 'POST /nowhere HTTP/1.1\r\nHost: localhost\r\nContent-Length: 2\r\n\r\n{}';
    expect(await exchange(port, `${kept}GET /seen HTTP/1.1\r\nHost: localhost\r\n\r\n`)).toMatch(
      /^HTTP\/1\.1 404 .*HTTP\/1\.1 200 /s,
    );
  });

  it('takes text that is cut between two bytes of a letter', async () => {
    const { port } = await start(addEcho);
    const body = Buffer.from('{"x":"카"}');
    const socket = connect(port, '127.0.0.1');
    socket.write('POST /echo/x HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n');
    socket.write(`Transfer-Encoding: chunked\r\nConnection: close\r\n\r\n`);
    for (const byte of body) socket.write(Buffer.from([49, 13, 10, byte, 13, 10]));
    socket.write('0\r\n\r\n');
    expect(await text(socket)).toContain('{"x":"카"}');
  });

  it('cuts a connection on which too many requests wait for their answers', async () => {
    let go = (): void => {};
    const gone = new Promise<void>((resolve) => (go = resolve));
    let asked = 0;
    const { port, send } = await start((app) => {
      app.get('/slow', async () => ((asked += 1), await gone, {}));
      app.get('/seen', async () => ({}));
    });
    const socket = connect(port, '127.0.0.1');
    const cut = once(socket, 'close');
    socket.on('error', () => {});
    socket.write('GET /slow HTTP/1.1\r\nHost: localhost\r\n\r\n'.repeat(200));
    await cut;
    expect(asked).toBeLessThanOrEqual(20);
    go();
    expect((await send('/seen')).status).toBe(200);
    // Requests of one connection that are answered are not counted.
    const many = 'GET /seen HTTP/1.1\r\nHost: localhost\r\n\r\n';
    const patient = connect(port, '127.0.0.1');
    for (let each = 0; each < 60; each += 1) {
      patient.write(many);
      await once(patient, 'data');
    }
    patient.destroy();
  });
});
