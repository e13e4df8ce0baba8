import { once } from 'node:events';
import { connect } from 'node:net';

import type { FastifyInstance } from 'fastify';
import { afterEach, describe, expect, it, vi } from 'vitest';

import { apiPlugin } from './api-plugin.js';
import { type HttpServer, startHttpServer } from './http-server.js';
import { createRequestLimits } from './request-limits.js';

let server: HttpServer | undefined;

afterEach(async () => {
  vi.useRealTimers();
  await server?.stop();
});

async function serve(addRoutes: (app: FastifyInstance) => void) {
  const errors: unknown[] = [];
  const started = await startHttpServer({
    plugins: [apiPlugin({ addRoutes, onError: (error) => errors.push(error) })],
  });
  server = started;
  const ask = async (path: string) => {
    const answer = await fetch(started.url + path);
    return { status: answer.status, body: (await answer.json()) as Record<string, unknown> };
  };
  return { port: started.port, ask, errors };
}

/** A promise and the function that resolves it. */
function later() {
  let resolve = () => {};
  const promise = new Promise<void>((done) => (resolve = done));
  return { promise, resolve };
}

describe('the limits of requests', () => {
  const path = (name: string) => `GET ${name} HTTP/1.1\r\nHost: localhost\r\n\r\n`;

  it('count no request that has ended, however its connection ended', async () => {
    const withinLimits = createRequestLimits({ maxPending: 3 });
    const { port, ask } = await serve((app) => {
      app.get('/slow', (_, reply) =>
        withinLimits(reply, () => new Promise((go) => setTimeout(go, 20, { done: true }))),
      );
    });
    for (let round = 0; round < 5; round += 1) {
      const socket = connect(port, '127.0.0.1');
      await once(socket, 'connect');
      // Answers that wait for that of an earlier request are never told that the connection is gone.
      socket.write(path('/slow').repeat(20));
      await once(socket, 'data');
      socket.resetAndDestroy();
    }
    await expect.poll(async () => (await ask('/slow')).status).toBe(200);
  });

  it('answer when the time is over, and count the work until it has ended', async () => {
    const go = later();
    const aborted = later();
    const withinLimits = createRequestLimits({ maxPending: 1, answerWithinMs: 30 });
    const { ask, errors } = await serve((app) => {
      app.get('/', (_, reply) =>
        withinLimits(reply, async (signal) => {
          signal.addEventListener('abort', () => aborted.resolve());
          await go.promise;
          return {};
        }),
      );
    });
    expect((await ask('/')).body).toMatchObject({ status: 503, kind: 'timeout' });
    await aborted.promise;
    expect((await ask('/')).body).toMatchObject({ status: 503, kind: 'overloaded' });
    go.resolve();
    await expect.poll(async () => (await ask('/')).status).toBe(200);
    expect(errors).toEqual([]);
  });

  it('are one time for the check of a caller and the work together', async () => {
    vi.useFakeTimers({ toFake: ['performance'] });
    const withinLimits = createRequestLimits({ answerWithinMs: 600_000 });
    const { ask } = await serve((app) => {
      app.get('/twice', async (_, reply) => {
        await withinLimits(reply, async () => void vi.advanceTimersByTime(600_001));
        return withinLimits(reply, () => new Promise(() => {}));
      });
    });
    expect(await ask('/twice')).toMatchObject({ status: 503, body: { kind: 'timeout' } });
  });
});
