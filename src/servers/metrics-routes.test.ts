import { fastify } from 'fastify';
import { describe, expect, it } from 'vitest';

import { startHttpServer } from './http/http-server.js';
import { metricsRoutes } from './metrics-routes.js';

const routes = metricsRoutes({ text: async () => ({ contentType: 'text/plain; version=0.0.4', text: 'up 1\n' }) });

describe('the route of metrics', () => {
  it('answers GET and HEAD, and 405 to other methods', async () => {
    await using server = await startHttpServer({ plugins: [routes] });
    const send = (method: string) => fetch(`${server.url}/metrics`, { method });
    const answer = await send('GET');
    expect([answer.status, await answer.text()]).toEqual([200, 'up 1\n']);
    expect((await send('HEAD')).status).toBe(200);
    for (const method of ['POST', 'DELETE']) {
      const refused = await send(method);
      expect([refused.status, refused.headers.get('Allow')]).toEqual([405, 'GET, HEAD']);
      expect(await refused.json()).toMatchObject({ kind: 'method-not-allowed' });
    }
  });

  it('does the same in an app of the user', async () => {
    const app = fastify();
    await app.register(routes);
    expect((await app.inject('/metrics')).statusCode).toBe(200);
    const { statusCode, headers } = await app.inject({ method: 'POST', url: '/metrics' });
    expect([statusCode, headers.allow]).toEqual([405, 'GET, HEAD']);
    await app.close();
  });
});
