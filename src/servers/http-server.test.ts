import { once } from 'node:events';
import { Agent, request } from 'node:http';
import { connect } from 'node:net';

import { afterEach, describe, expect, it } from 'vitest';

import { TablepickError } from '../errors.js';
import { json } from './http-answer.js';
import { startHttpServer, type HttpServerOptions, type Route } from './http-server.js';

const endings: (() => unknown)[] = [];

/** The last thing that was opened is closed first. */
afterEach(async () => {
  for (const end of endings.splice(0).reverse()) await end();
});

async function start(routes: Route[], options: Partial<HttpServerOptions> = {}) {
  const errors: unknown[] = [];
  const server = await startHttpServer({ routes, onError: (error) => errors.push(error), ...options });
  endings.push(() => server.stop());
  const send = async (path: string, init?: RequestInit) => {
    const response = await fetch(server.url + path, init);
    return { status: response.status, headers: response.headers, text: await response.text() };
  };
  const errorOf = async (path: string, init?: RequestInit) => {
    const { status, text } = await send(path, init);
    return { status, ...(JSON.parse(text) as { error: { code: string; message: string; hint?: string } }).error };
  };
  return { ...server, send, errorOf, errors };
}

const ECHO: Route = {
  method: 'POST',
  path: '/echo/:name',
  handle: (one) => json({ name: one.params.name, of: one.query.get('of'), said: one.json(), by: one.header('X-By') }),
};

/** A promise and the function that resolves it. */
function later() {
  let resolve = () => {};
  const promise = new Promise<void>((done) => (resolve = done));
  return { promise, resolve };
}

describe('a server', () => {
  it('gives handlers the parts of a request and sends their JSON', async () => {
    const { send } = await start([ECHO]);
    const { status, headers, text } = await send('/echo/a%20b?of=1&of=2', {
      method: 'POST',
      body: '{"x":"카드"}',
      headers: { 'x-by': 'me' },
    });
    expect(status).toBe(200);
    expect(headers.get('Content-Type')).toBe('application/json');
    expect(JSON.parse(text)).toEqual({ name: 'a b', of: '1', said: { x: '카드' }, by: 'me' });
  });

  it('tells what is wrong with a request', async () => {
    const { errorOf, send, errors } = await start([ECHO], { maxBodyBytes: 10 });
    expect(await errorOf('/nowhere')).toMatchObject({
      status: 404,
      code: 'BAD_REQUEST',
      message: 'there is nothing at /nowhere',
      hint: 'there is POST /echo/:name',
    });
    expect(await errorOf('/echo/x')).toMatchObject({ status: 405, hint: 'it takes POST' });
    expect((await send('/echo/x')).headers.get('Allow')).toBe('POST');
    expect(await errorOf('/echo/x', { method: 'POST', body: '{"x"' })).toMatchObject({
      status: 400,
      code: 'BAD_REQUEST',
    });
    expect(await errorOf('/echo/%zz', { method: 'POST' })).toMatchObject({ status: 400 });
    const long = await errorOf('/echo/x', { method: 'POST', body: 'x'.repeat(11) });
    expect(long).toMatchObject({
      status: 413,
      code: 'MESSAGE_TOO_LARGE',
      message: expect.stringContaining('10 bytes') as string,
    });
    expect(await errorOf('/echo/x', { method: 'POST', body: 'x'.repeat(500_000) })).toMatchObject({ status: 413 });
    expect((await send('/echo/x', { method: 'POST', body: '"12345678"' })).status).toBe(200);
    expect(errors).toEqual([]);
  });

  it('answers what a handler throws with the status of its code, and tells failures', async () => {
    const failure = new TablepickError('SERVER_UNREACHABLE', 'the database is away', { hint: 'start it' });
    const defect = new Error('x is undefined');
    const thrower = (error: Error) => () => Promise.reject(error);
    const { errorOf, errors } = await start([
      { method: 'GET', path: '/slot', handle: thrower(new TablepickError('UNKNOWN_SLOT', 'no such slot')) },
      { method: 'GET', path: '/database', handle: thrower(failure) },
      { method: 'GET', path: '/defect', handle: thrower(defect) },
    ]);
    expect(await errorOf('/slot')).toEqual({ status: 404, code: 'UNKNOWN_SLOT', message: 'no such slot' });
    expect(await errorOf('/database')).toMatchObject({ status: 503, hint: 'start it' });
    expect(await errorOf('/defect')).toEqual({ status: 500, code: 'INTERNAL', message: 'the server failed' });
    expect(errors).toEqual([failure, defect]);
  });

  it('cuts the connection when an answer cannot be written, and tells it', async () => {
    function* half() {
      yield { line: 1 };
      throw new Error('no more');
    }
    const { send, errors } = await start([
      { method: 'GET', path: '/bigint', handle: () => json({ id: 1n }) },
      { method: 'GET', path: '/half', handle: () => ({ kind: 'lines', lines: half() }) },
    ]);
    await expect(send('/bigint')).rejects.toThrow();
    await expect(send('/half')).rejects.toThrow();
    expect(errors.map(String)).toEqual([expect.stringContaining('BigInt'), 'Error: no more']);
  });

  it('writes lines as they are read, and stops when nobody reads', async () => {
    let made = 0;
    const ended = later();
    async function* endless() {
      try {
        for (;;) yield { line: (made += 1), text: 'x'.repeat(1000) };
      } finally {
        ended.resolve();
      }
    }
    const few = Array.from({ length: 3 }, (_, line) => ({ line }));
    const { send, url, errors } = await start([
      { method: 'GET', path: '/few', handle: () => ({ kind: 'lines', lines: few }) },
      { method: 'GET', path: '/endless', handle: () => ({ kind: 'lines', lines: endless() }) },
    ]);
    expect((await send('/few')).text).toBe('{"line":0}\n{"line":1}\n{"line":2}\n');
    const stopping = new AbortController();
    const response = await fetch(`${url}/endless`, { signal: stopping.signal });
    await response.body?.getReader().read();
    stopping.abort();
    await ended.promise;
    expect(made).toBeLessThan(1_000_000);
    expect(errors).toEqual([]);
  });

  it('tells each request with its route', async () => {
    const served: unknown[] = [];
    const { send } = await start([ECHO], { onServed: (one) => served.push(one) });
    await send('/echo/x', { method: 'POST', body: '1' });
    await send('/nowhere');
    const ms = expect.any(Number) as number;
    expect(served).toEqual([
      { method: 'POST', route: '/echo/:name', status: 200, ms },
      { method: 'GET', route: undefined, status: 404, ms },
    ]);
  });

  it('says so when the port is in use, or the host is not its own', async () => {
    const { port } = await start([]);
    const options = { routes: [], onError: () => {} };
    await expect(startHttpServer({ ...options, port })).rejects.toMatchObject({
      code: 'BAD_OPTION',
      message: `port ${port} is in use`,
      hint: expect.stringContaining('0: a free one') as string,
    });
    await expect(startHttpServer({ ...options, host: '192.0.2.1' })).rejects.toMatchObject({ code: 'BAD_OPTION' });
  });

  it('tells a handler that its client hung up', async () => {
    const begun = later();
    const heard = later();
    const handle: Route['handle'] = async ({ signal }) => {
      signal.addEventListener('abort', () => heard.resolve());
      begun.resolve();
      await heard.promise;
      return json({});
    };
    const { url, errors } = await start([{ method: 'GET', path: '/', handle }]);
    const stopping = new AbortController();
    const sent = fetch(url, { signal: stopping.signal });
    await begun.promise;
    stopping.abort();
    await expect(sent).rejects.toThrow();
    await heard.promise;
    expect(errors).toEqual([]);
  });
});

describe('a server that stops', () => {
  it('answers what is under way, takes nothing more and leaves no connection open', async () => {
    const begun = later();
    const go = later();
    const handle = async () => {
      begun.resolve();
      await go.promise;
      return json({ done: true });
    };
    const server = await start([{ method: 'GET', path: '/', handle }], { stopGraceMs: 60_000 });
    const agent = new Agent({ keepAlive: true, keepAliveMsecs: 60_000 });
    endings.push(() => agent.destroy());
    const idle = connect(server.port, '127.0.0.1');
    await once(idle, 'connect');
    const sent = request(server.url, { agent }).end();
    await begun.promise;
    const stopped = server.stop();
    expect(server.stop()).toBe(stopped);
    await expect(fetch(server.url)).rejects.toThrow();
    go.resolve();
    const [response] = (await once(sent, 'response')) as [AsyncIterable<Buffer> & { statusCode: number }];
    expect(response.statusCode).toBe(200);
    const chunks: Buffer[] = [];
    for await (const chunk of response) chunks.push(chunk);
    expect(Buffer.concat(chunks).toString()).toBe('{"done":true}');
    const before = performance.now();
    await stopped;
    expect(performance.now() - before).toBeLessThan(4000);
  });

  it('cuts what has not ended when its grace is over', async () => {
    const begun = later();
    const handle = () => {
      begun.resolve();
      return new Promise<never>(() => {});
    };
    const server = await start([{ method: 'GET', path: '/', handle }], { stopGraceMs: 20 });
    const sent = fetch(server.url).catch(() => 'cut');
    await begun.promise;
    await server.stop();
    expect(await sent).toBe('cut');
  });
});
