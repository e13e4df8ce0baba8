import { once } from 'node:events';
import { Agent, request } from 'node:http';
import { connect } from 'node:net';
import { text } from 'node:stream/consumers';

import type { FastifyInstance } from 'fastify';
import { afterEach, describe, expect, it } from 'vitest';

import { TablepickError } from '../../errors.js';
import { apiPlugin } from './api-plugin.js';
import { type HttpServerOptions, startHttpServer } from './http-server.js';
import type { FailedRequest } from './request-listeners.js';
import { createRequestLimits } from './request-limits.js';

const endings: (() => unknown)[] = [];

/** The last thing that was opened is closed first. */
afterEach(async () => {
  for (const end of endings.splice(0).reverse()) await end();
});

type Problem = { status: number; kind: string; detail?: string; hint?: string; id: string };

async function start(addRoutes: (app: FastifyInstance) => void, options: Partial<HttpServerOptions> = {}) {
  const errors: { error: unknown; request: FailedRequest }[] = [];
  const onError = (error: unknown, failed: FailedRequest) => errors.push({ error, request: failed });
  const server = await startHttpServer({ plugins: [apiPlugin({ addRoutes, onError })], onError, ...options });
  endings.push(() => server.stop());
  const send = async (path: string, init?: RequestInit) => {
    const response = await fetch(server.url + path, init);
    return { status: response.status, headers: response.headers, text: await response.text() };
  };
  const problemOf = async (path: string, init?: RequestInit) => {
    const { headers, text: body } = await send(path, init);
    expect(headers.get('Content-Type')).toMatch(/^application\/problem\+json/);
    return JSON.parse(body) as Problem;
  };
  return { ...server, send, problemOf, errors };
}

function post(body: string, headers: Record<string, string> = {}): RequestInit {
  return { method: 'POST', body, headers: { 'Content-Type': 'application/json', ...headers } };
}

function addEcho(app: FastifyInstance): void {
  const body = { type: 'object', additionalProperties: false, properties: { x: { type: 'string' } } };
  app.post('/echo/:name', { schema: { body } }, async ({ params, body: said }) => ({ ...(params as object), said }));
  app.get('/seen', async () => ({ seen: true }));
}

/** Sends bytes as they are, ends the client's side, and resolves with all that comes back. */
async function exchange(port: number, sent: string): Promise<string> {
  const socket = connect({ port, host: '127.0.0.1', allowHalfOpen: true });
  await once(socket, 'connect');
  socket.end(sent);
  return text(socket);
}

/** A promise and the function that resolves it. */
function later() {
  let resolve = () => {};
  const promise = new Promise<void>((done) => (resolve = done));
  return { promise, resolve };
}

describe('a server', () => {
  it('takes JSON with its parts, also behind a byte order mark', async () => {
    const { send } = await start(addEcho);
    for (const mark of ['', '\uFEFF']) {
      const { status, headers, text: body } = await send('/echo/a%20b', post(`${mark}{"x":"카드"}`));
      expect({ status, ...(JSON.parse(body) as object) }).toEqual({ status: 200, name: 'a b', said: { x: '카드' } });
      expect(headers.get('Content-Type')).toMatch(/^application\/json/);
    }
  });

  it('says what is wrong with a request, by kind and with the id of the request', async () => {
    const { problemOf, errors } = await start(addEcho, { maxBodyBytes: 20 });
    const cases: [string, RequestInit | undefined, number, string][] = [
      ['/nowhere', undefined, 404, 'not-found'],
      ['/echo/%zz', post('{}'), 400, 'wrong-path'],
      ['/echo/x', post('{"x"'), 400, 'no-json'],
      ['/echo/x', post('{"__proto__":{}}'), 422, 'wrong-body'],
      ['/echo/x', post('[]'), 422, 'wrong-body'],
      ['/echo/x', post(''), 422, 'wrong-body'],
      ['/echo/x', post('{"y":1}'), 422, 'wrong-body'],
      ['/echo/x', post('{"x":1}'), 422, 'wrong-body'],
      ['/echo/x', post('"'.padEnd(30)), 413, 'body-too-large'],
      ['/echo/x', post('{}', { 'Content-Type': 'text/plain' }), 415, 'wrong-content-type'],
      ['/echo/x', post('{}', { 'Content-Type': 'application/x-www-form-urlencoded' }), 415, 'wrong-content-type'],
      ['/echo/x', post('{}', { 'Content-Encoding': 'gzip' }), 415, 'wrong-content-encoding'],
    ];
    for (const [path, init, status, kind] of cases) {
      const problem = await problemOf(path, init);
      expect([path, problem]).toEqual([path, expect.objectContaining({ status, kind }) as unknown]);
      expect(problem.id).toMatch(/^[0-9a-f-]{36}$/);
    }
    expect(errors).toEqual([]);
  });

  it('answers HEAD as GET, and 405 to methods that a path does not take', async () => {
    const { send, problemOf } = await start(addEcho);
    expect(await send('/seen', { method: 'HEAD' })).toMatchObject({ status: 200, text: '' });
    expect(await problemOf('/echo/x')).toMatchObject({ status: 405, kind: 'method-not-allowed' });
    expect((await send('/echo/x', { method: 'PUT', body: 'x' })).headers.get('Allow')).toBe('POST');
    expect((await send('/seen', post('{}'))).headers.get('Allow')).toBe('GET, HEAD');
    for (const method of ['OPTIONS', 'PROPFIND', 'QUERY']) {
      expect([method, (await send('/seen', { method })).status]).toEqual([method, 405]);
    }
  });

  it('answers 405 to other methods of its document, too', async () => {
    const { send, problemOf } = await start(addEcho, { description: { title: 'Echo', description: 'It echoes.' } });
    const { paths } = JSON.parse((await send('/openapi.json')).text) as { paths: Record<string, object> };
    expect(Object.entries(paths).map(([path, methods]) => [path, ...Object.keys(methods)])).toEqual([
      ['/echo/{name}', 'post'],
      ['/seen', 'get'],
    ]);
    for (const method of ['POST', 'DELETE', 'OPTIONS', 'PROPFIND']) {
      expect((await send('/openapi.json', { method })).headers.get('Allow')).toBe('GET, HEAD');
      expect(await problemOf('/openapi.json', { method })).toMatchObject({ status: 405, kind: 'method-not-allowed' });
    }
    expect((await send('/openapi', { method: 'DELETE' })).status).toBe(404);
    expect((await send('/echo/x', post('{"x":"y"}'))).status).toBe(200);
  });

  it('tells failures with the id that the client gets, and keeps their words', async () => {
    const failure = new TablepickError('SERVER_UNREACHABLE', 'db.internal is away', { hint: 'start it' });
    const defect = new Error('x is undefined');
    const { problemOf, errors } = await start((app) => {
      app.get('/database', () => Promise.reject(failure));
      app.get('/defect', () => Promise.reject(defect));
    });
    const away = await problemOf('/database?secret=1');
    expect(away).toMatchObject({ status: 503, kind: 'server-unreachable' });
    const broken = await problemOf('/defect');
    expect(broken).toMatchObject({ status: 500, kind: 'internal' });
    expect(JSON.stringify([away, broken])).not.toMatch(/db\.internal|undefined/);
    expect(errors).toEqual([
      { error: failure, request: { id: away.id, method: 'GET', path: '/database' } },
      { error: defect, request: { id: broken.id, method: 'GET', path: '/defect' } },
    ]);
  });

  it('tells each request with its route', async () => {
    const served: unknown[] = [];
    const { send } = await start(addEcho, { onServed: (one) => served.push(one) });
    await send('/echo/x', post('{}'));
    await send('/nowhere');
    const ms = expect.any(Number) as number;
    await expect
      .poll(() => served)
      .toEqual([
        { method: 'POST', route: '/echo/:name', status: 200, ms },
        { method: 'GET', route: undefined, status: 404, ms },
      ]);
  });

  it('answers a client that ends its side after its request', async () => {
    const { port } = await start((app) =>
      app.get('/slow', async () => (await new Promise((go) => setTimeout(go, 50)), {})),
    );
    expect(await exchange(port, 'GET /slow HTTP/1.1\r\nHost: localhost\r\n\r\n')).toMatch(/^HTTP\/1\.1 200 OK/);
  });

  it('answers what is no HTTP, and headers that are too long', async () => {
    const { port } = await start(addEcho);
    expect(await exchange(port, 'SELECT 1;\r\n\r\n')).toMatch(/^HTTP\/1\.1 400 .*"kind":"no-http"/s);
    const both =
      'POST /echo/x HTTP/1.1\r\nHost: localhost\r\nContent-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n';
    expect(await exchange(port, both)).toMatch(/^HTTP\/1\.1 400 /);
    const coded =
      'POST /echo/x HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n' +
      'Transfer-Encoding: gzip, chunked\r\n\r\n2\r\n{}\r\n0\r\n\r\n';
    expect(await exchange(port, coded)).toMatch(/^HTTP\/1\.1 415 .*"kind":"wrong-content-encoding"/s);
    expect(await exchange(port, 'CONNECT other.example:443 HTTP/1.1\r\nHost: localhost\r\n\r\n')).toMatch(
      /^HTTP\/1\.1 405 /,
    );
    const expecting = 'GET /seen HTTP/1.1\r\nHost: localhost\r\nExpect: x\r\n\r\n';
    expect(await exchange(port, expecting)).toMatch(/^HTTP\/1\.1 417 .*"kind":"wrong-expectation"/s);
    const long = `GET /seen HTTP/1.1\r\nHost: localhost\r\nX: ${'x'.repeat(20_000)}\r\n\r\n`;
    for (const target of ['GET http://evil.example/seen', 'GET /seen']) {
      const hosts = target === 'GET /seen' ? 'Host: localhost\r\nHost: evil.example' : 'Host: localhost';
      expect(await exchange(port, `${target} HTTP/1.1\r\n${hosts}\r\n\r\n`)).toMatch(/^HTTP\/1\.1 400 /);
    }
    expect(await exchange(port, 'GET /seen HTTP/1.1\r\n\r\n')).toMatch(/^HTTP\/1\.1 421 /);
    expect(await exchange(port, long)).toMatch(/^HTTP\/1\.1 431 .*"kind":"headers-too-large"/s);
  });

  it('tells a handler that its client is gone', async () => {
    const begun = later();
    const heard = later();
    const { port, errors } = await start((app) =>
      app.get('/', async (_, reply) => {
        await createRequestLimits({})(reply, async (signal) => {
          signal.addEventListener('abort', () => heard.resolve());
          begun.resolve();
          await heard.promise;
        });
        return {};
      }),
    );
    const socket = connect(port, '127.0.0.1');
    socket.write('GET / HTTP/1.1\r\nHost: localhost\r\n\r\n');
    await begun.promise;
    socket.resetAndDestroy();
    await heard.promise;
    expect(errors).toEqual([]);
  });
});

describe('whom a server lets in', () => {
  const from = (headers: Record<string, string>): Promise<number> => ask(headers);
  let ask: (headers: Record<string, string>) => Promise<number>;
  const asking = (port: number) => async (headers: Record<string, string>) => {
    const sent = request({ port, host: '127.0.0.1', path: '/seen', headers }).end();
    const [response] = (await once(sent, 'response')) as [NodeJS.ReadableStream & { statusCode: number }];
    response.resume();
    return response.statusCode;
  };

  it('answers on loopback for the names of loopback alone', async () => {
    const { port } = await start(addEcho);
    ask = asking(port);
    for (const host of ['localhost', `127.0.0.1:${port}`, '[::1]:80', 'LOCALHOST'])
      expect(await from({ host })).toBe(200);
    for (const host of ['evil.example', '127.0.0.1.evil.example', '192.0.2.1', 'localhost.evil.example:80']) {
      expect(await from({ host })).toBe(421);
    }
  });

  it('answers for names that it is told', async () => {
    const { port } = await start(addEcho, { allowedHosts: ['Shop.example'] });
    ask = asking(port);
    expect(await from({ host: 'shop.example:8080' })).toBe(200);
    expect(await from({ host: 'other.example' })).toBe(421);
  });

  it('takes requests of pages only from its own origin and from those it is told', async () => {
    const { port, send } = await start(addEcho, { corsOrigins: ['https://shop.example'] });
    ask = asking(port);
    const host = `127.0.0.1:${port}`;
    expect(await from({ host, origin: `http://${host}` })).toBe(200);
    expect(await from({ host, origin: 'https://shop.example' })).toBe(200);
    for (const origin of ['null', 'http://evil.example', 'https://shop.example.evil.example']) {
      expect(await from({ host, origin })).toBe(403);
    }
    const headers = { Origin: 'https://shop.example', 'Access-Control-Request-Method': 'POST' };
    const { status, headers: allowed } = await send('/echo/x', { method: 'OPTIONS', headers });
    expect([status, allowed.get('Access-Control-Allow-Origin')]).toEqual([204, 'https://shop.example']);
  });

  it('refuses to listen for other machines unless callers are asked, or it is to be insecure', async () => {
    const options = { plugins: [], host: '0.0.0.0' };
    await expect(startHttpServer(options)).rejects.toMatchObject({ code: 'BAD_OPTION' });
    for (const more of [{ isAuthenticated: true }, { insecure: true }]) {
      const server = await startHttpServer({ ...options, ...more });
      await server.stop();
    }
  });

  it('says so when the port is in use, or the host is not its own', async () => {
    const { port } = await start(addEcho);
    await expect(startHttpServer({ plugins: [], port })).rejects.toMatchObject({
      code: 'BAD_OPTION',
      message: `port ${port} is in use`,
      hint: expect.stringContaining('0: a free one') as string,
    });
    const elsewhere = { plugins: [], host: '192.0.2.1', insecure: true };
    await expect(startHttpServer(elsewhere)).rejects.toMatchObject({ code: 'BAD_OPTION' });
  });
});

describe('a server that stops', () => {
  it('answers what is under way, takes nothing more and leaves no connection open', async () => {
    const begun = later();
    const go = later();
    const server = await start(
      (app) =>
        app.get('/', async () => {
          begun.resolve();
          await go.promise;
          return { done: true };
        }),
      { stopGraceMs: 60_000 },
    );
    const agent = new Agent({ keepAlive: true, keepAliveMsecs: 60_000 });
    endings.push(() => agent.destroy());
    const idle = connect(server.port, '127.0.0.1');
    await once(idle, 'connect');
    const isCut = once(idle.resume(), 'close');
    const sent = request(server.url, { agent }).end();
    await begun.promise;
    const stopped = server.stop();
    expect(server.stop()).toBe(stopped);
    await expect(fetch(server.url)).rejects.toThrow();
    go.resolve();
    const [response] = (await once(sent, 'response')) as [NodeJS.ReadableStream & { statusCode: number }];
    expect([response.statusCode, await text(response)]).toEqual([200, '{"done":true}']);
    await Promise.all([stopped, isCut]);
  });

  it('cuts what has not ended when its grace is over', async () => {
    const begun = later();
    const server = await start(
      (app) =>
        app.get('/', () => {
          begun.resolve();
          return new Promise<never>(() => {});
        }),
      { stopGraceMs: 20 },
    );
    const sent = fetch(server.url).catch(() => 'cut');
    await begun.promise;
    await server.stop();
    expect(await sent).toBe('cut');
  });
});
