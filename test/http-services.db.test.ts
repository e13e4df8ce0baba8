import { Validator } from '@seriousme/openapi-schema-validator';
import { fastify } from 'fastify';
import { Registry } from 'prom-client';
import { connect, migrate } from 'tablepick/database';
import { createMemoryTransport } from 'tablepick/messaging';
import { createMetrics } from 'tablepick/observe';
import { signCallback } from 'tablepick/payments';
import { createReservations } from 'tablepick/reservations';
import { recordSaga } from 'tablepick/saga';
import {
  type Caller,
  type ReservationServerOptions,
  paymentRoutes,
  reservationRoutes,
  startGatewayServer,
  startPaymentServer,
  startReservationServer,
} from 'tablepick/servers';
import { startServices } from 'tablepick/services';
import { describe, expect, it } from 'vitest';

import { type ReservationScene, withReservationScene } from './support/reservation-scene.js';
import { testServers, withTestDatabase } from './support/servers.js';

const JSON_BODY = { 'Content-Type': 'application/json' };
const REQUEST = { slotId: 1, partySize: 2 };

type Answer = { status: number; headers: Headers; body: Record<string, unknown> };
type Ask = (
  path: string,
  init?: { method?: string; body?: unknown; headers?: Record<string, string> | undefined },
) => Promise<Answer>;

/** A text is sent as it is. */
const textOf = (body: unknown) => (typeof body === 'string' ? body : JSON.stringify(body));

function askAt(url: string): Ask {
  return async (path, { method = 'GET', body, headers = {} } = {}) => {
    const sent = body === undefined ? {} : { body: textOf(body) };
    const answer = await fetch(url + path, { method, headers: { ...JSON_BODY, ...headers }, ...sent });
    return { status: answer.status, headers: answer.headers, body: (await answer.json()) as Record<string, unknown> };
  };
}

/** A guest's token is its id, an operator's is `operator`. */
const authenticate = ({ headers }: { headers: Readonly<Record<string, unknown>> }): Caller | undefined => {
  const [, token = ''] = String(headers.authorization).split('Bearer ');
  if (token === 'operator') return { isOperator: true };
  return /^\d+$/.test(token) ? { memberId: Number(token) } : undefined;
};

const as = (token: string | number) => ({ Authorization: `Bearer ${token}` });

type Serving = ReservationScene & { ask: Ask; errors: unknown[] };

async function withServer(
  options: Partial<ReservationServerOptions>,
  work: (serving: Serving) => Promise<void>,
): Promise<void> {
  await withReservationScene(testServers()[0]!, { slots: 4, capacity: 2 }, async (scene) => {
    const { database } = scene;
    const errors: unknown[] = [];
    const reservations = createReservations({ database, recordChanges: recordSaga() });
    const server = await startReservationServer({
      database,
      reservations,
      onError: (error) => errors.push(error),
      ...options,
    });
    try {
      await work({ ...scene, ask: askAt(server.url), errors });
    } finally {
      await server.stop();
      await reservations.close();
    }
  });
}

describe('the reservation service over HTTP', () => {
  it('answers every outcome by its kind', async () => {
    await withServer({}, async ({ ask, errors }) => {
      const post = (body: object, headers = {}) => ask('/reservations', { method: 'POST', body, headers });
      const made = await post({ ...REQUEST, memberId: 7 });
      expect(made).toMatchObject({ status: 201, body: { kind: 'reserved', status: 'PENDING' } });
      expect(made.headers.get('Location')).toBe(`/reservations/${String(made.body.reservationId)}`);
      expect(await post({ ...REQUEST, memberId: 7 })).toMatchObject({
        status: 409,
        body: { kind: 'duplicate', status: 409, reservationId: made.body.reservationId },
      });
      await post({ ...REQUEST, memberId: 8 });
      expect(await post({ ...REQUEST, memberId: 9 })).toMatchObject({ status: 409, body: { kind: 'sold-out' } });
      expect(await post({ ...REQUEST, slotId: 99, memberId: 9 })).toMatchObject({
        status: 404,
        body: { kind: 'unknown-slot' },
      });
      expect(errors).toEqual([]);
    });
  });

  it('sets nothing but what its schema names', async () => {
    await withServer({ holdTtlMs: 60_000 }, async ({ ask, database }) => {
      for (const more of [
        { holdTtlMs: 1 },
        { traceparent: 'x' },
        { status: 'CONFIRMED' },
        { memberId: '7' },
        { slots: [] },
      ]) {
        const body = { ...REQUEST, memberId: 7, ...more };
        expect(await ask('/reservations', { method: 'POST', body })).toMatchObject({
          status: 422,
          body: { kind: 'wrong-body' },
        });
      }
      const body = { ...REQUEST, memberId: 7, idempotencyKey: 'of-the-body' };
      const made = await ask('/reservations', {
        method: 'POST',
        body,
        headers: { 'Idempotency-Key': 'of-the-header' },
      });
      expect(made).toMatchObject({ status: 201, body: { idempotencyKey: 'of-the-header' } });
      const [row] = await database.query<{ key: string; isHeld: number }>(
        'SELECT idempotency_key AS `key`, expires_at > UTC_TIMESTAMP(6) + INTERVAL 30 SECOND AS isHeld FROM reservation',
      );
      expect(row).toEqual({ key: 'of-the-header', isHeld: 1 });
    });
  });

  it('shows and cancels only for the guest whom the request names, where nobody is asked', async () => {
    await withServer({}, async ({ ask }) => {
      for (const id of ['0', '-1', '0x10', '1e3', '1e400', 'Infinity', '01', '%201', '1.5', '9007199254740993']) {
        for (const path of [`/reservations/${id}?memberId=7`, `/reservations/1?memberId=${id}`]) {
          expect([path, (await ask(path)).status]).toEqual([path, 400]);
        }
      }
      const { body } = await ask('/reservations', { method: 'POST', body: { ...REQUEST, memberId: 7 } });
      const path = `/reservations/${String(body.reservationId)}`;
      expect(await ask(path)).toMatchObject({ status: 400, body: { kind: 'wrong-query' } });
      const cancel = (body?: object) => ask(`${path}/cancel`, { method: 'POST', body });
      expect(await cancel()).toMatchObject({ status: 422, body: { kind: 'wrong-body' } });
      for (const answer of [await ask(`${path}?memberId=8`), await cancel({ memberId: 8 })]) {
        expect(answer).toMatchObject({ status: 404, body: { kind: 'not-found' } });
      }
      const shown = await ask(`${path}?memberId=7`);
      expect(shown).toMatchObject({ status: 200, body: { state: 'AWAITING_PAYMENT', memberId: 7 } });
      expect(shown.body).not.toHaveProperty('error');
      expect(await cancel({ memberId: 7 })).toMatchObject({ status: 200, body: { kind: 'cancelled' } });
    });
  });

  it('reserves, shows and cancels for the sender of a token, and for everyone with that of an operator', async () => {
    await withServer({ authenticate }, async ({ ask }) => {
      const post = (body: object, headers = {}) => ask('/reservations', { method: 'POST', body, headers });
      const unknown = await post({ ...REQUEST, memberId: 7 });
      expect([unknown.status, unknown.headers.get('WWW-Authenticate')]).toEqual([401, 'Bearer']);
      expect((await post(REQUEST, as('wrong'))).headers.get('WWW-Authenticate')).toBe('Bearer error="invalid_token"');
      expect(await post({ ...REQUEST, memberId: 8 }, as(7))).toMatchObject({
        status: 403,
        body: { kind: 'not-yours' },
      });
      expect(await post(REQUEST, as('operator'))).toMatchObject({ status: 400, body: { kind: 'no-member' } });
      const { body } = await post(REQUEST, as(7));
      const path = `/reservations/${String(body.reservationId)}`;
      const cancel = (headers?: Record<string, string>, about?: object) =>
        ask(`${path}/cancel`, { method: 'POST', headers, body: about });
      expect([(await ask(path)).status, (await cancel()).status]).toEqual([401, 401]);
      const stolen = { headers: as(8) };
      expect([(await ask(path, stolen)).status, (await cancel(as(8))).status]).toEqual([404, 404]);
      expect((await ask(`${path}?memberId=7`, stolen)).status).toBe(403);
      expect((await cancel(as(8), { memberId: 7 })).status).toBe(403);
      expect(await ask(path, { headers: as(7) })).toMatchObject({ status: 200, body: { memberId: 7 } });
      expect(await ask(path, { headers: as('operator') })).toMatchObject({ status: 200, body: { memberId: 7 } });
      expect(await cancel(as('operator'))).toMatchObject({ status: 200 });
      expect(await post({ ...REQUEST, memberId: 9 }, as('operator'))).toMatchObject({ status: 201 });
    });
  });

  it('answers 503 when the check of callers fails, or too many requests are under way', async () => {
    const broken = () => Promise.reject(new Error('keys.internal is away'));
    await withServer({ authenticate: broken }, async ({ ask, errors }) => {
      const answer = await ask('/reservations/1');
      expect(answer).toMatchObject({ status: 503, body: { kind: 'authentication-unavailable' } });
      expect(JSON.stringify(answer.body)).not.toContain('keys.internal');
      expect(errors.map(String)).toEqual([expect.stringContaining('could not be checked')]);
    });
    await withServer({ maxPending: 0 }, async ({ ask }) => {
      const answer = await ask('/reservations', { method: 'POST', body: { ...REQUEST, memberId: 7 } });
      expect([answer.status, answer.body.kind, answer.headers.get('Retry-After')]).toEqual([503, 'overloaded', '1']);
      expect((await ask('/health')).status).toBe(200);
    });
  });

  it('names no table, user or address when the database fails, and the log has the id', async () => {
    await withServer({}, async ({ ask, run, errors }) => {
      await run('RENAME TABLE compensation TO elsewhere');
      const answer = await ask('/reservations/1?memberId=7');
      expect(answer).toMatchObject({ status: 500, body: { kind: 'missing-table' } });
      expect(JSON.stringify(answer.body)).not.toMatch(/compensation|tp_test|127\.0\.0\.1|root/);
      expect(errors).toHaveLength(1);
    });
  });

  it('says what it is missing at /ready, and lives on at /health', async () => {
    const missing = [{ what: 'writer', why: 'the database takes no writes now' }] as const;
    let isReady = true;
    const ready = async () => ({ ready: isReady, missing: isReady ? [] : missing });
    await withServer({ ready }, async ({ ask }) => {
      expect(await ask('/ready')).toMatchObject({ status: 200, body: { ready: true, missing: [] } });
      isReady = false;
      expect(await ask('/ready')).toMatchObject({ status: 503, body: { ready: false, missing } });
      expect(await ask('/health')).toMatchObject({ status: 200, body: { ok: true } });
    });
  });
});

describe('the payment service over HTTP', () => {
  it('takes signed callbacks without a token, and shows payments to operators alone', async () => {
    await withTestDatabase(testServers()[0]!, async ({ url }) => {
      const database = await connect({ url });
      await migrate(database, { owner: 'payment' });
      const server = await startPaymentServer({ database, secret: 'key', authenticate });
      try {
        const ask = askAt(server.url);
        const said = {
          kind: 'payment',
          state: 'approved',
          reservationId: 5,
          providerId: 'p',
          amount: 1,
          currency: 'KRW',
        };
        const sign = (body: unknown) => ({
          'Tablepick-Signature': signCallback(textOf(body), 'key', new Date()),
        });
        const call = (body: unknown, headers = sign(body)) => ask('/callbacks', { method: 'POST', body, headers });
        expect(await call(said)).toMatchObject({ status: 404, body: { result: 'unknown-payment' } });
        expect(await call(said, sign({}))).toMatchObject({ status: 401, body: { kind: 'bad-signature' } });
        expect(await call({ a: 1 }, sign({}))).toMatchObject({ status: 401, body: { kind: 'bad-signature' } });
        expect(await call({ a: 1 })).toMatchObject({ status: 422, body: { kind: 'bad-message' } });
        await database.session((session) =>
          session.execute(`INSERT INTO payment (reservation_id, status, amount, currency, changed_at)
            VALUES (5, 'READY', 1, 'KRW', NOW(6))`),
        );
        const marked = `\uFEFF${JSON.stringify(said)}`;
        expect(await call(marked, sign(said))).toMatchObject({ status: 401, body: { kind: 'bad-signature' } });
        expect(await call(marked)).toMatchObject({ status: 200, body: { result: 'settled' } });
        expect(await call(said)).toMatchObject({ status: 200, body: { result: 'unchanged' } });
        expect((await ask('/payments/5')).status).toBe(401);
        expect((await ask('/payments/5', { headers: as(7) })).status).toBe(403);
        expect(await ask('/payments/5', { headers: as('operator') })).toMatchObject({ body: { status: 'PAID' } });
        expect((await ask('/payments/6', { headers: as('operator') })).status).toBe(404);
      } finally {
        await server.stop();
        await database.close();
      }
    });
  });
});

describe('the OpenAPI documents', () => {
  it('are accepted by a validator', async () => {
    await withServer({ authenticate }, async ({ ask, database }) => {
      await migrate(database, { owner: 'payment' });
      const payment = await startPaymentServer({ database, secret: 'key' });
      const gateway = await startGatewayServer();
      try {
        for (const askFor of [ask, askAt(payment.url), askAt(gateway.url)]) {
          const { status, body } = await askFor('/openapi.json');
          expect([status, Object.keys(body.paths as object).length > 2]).toEqual([200, true]);
          expect(await new Validator().validate(body)).toMatchObject({ valid: true });
        }
      } finally {
        await gateway.stop();
        await payment.stop();
      }
    });
  });
});

describe("the routes in a fastify app of a user's", () => {
  it('take who asks from a hook of the app, count in its registry, and leave its own routes, parsers and errors alone', async () => {
    await withReservationScene(testServers()[0]!, { slots: 2, capacity: 2 }, async ({ database }) => {
      const app = fastify();
      const users = new WeakMap<object, number>();
      app.addHook('onRequest', async (request) => {
        if (request.headers['x-user'] === 'anna') users.set(request, 7);
      });
      const callerOf = ({ request }: { request: unknown }): Caller | undefined => {
        const memberId = users.get(request as object);
        return memberId === undefined ? undefined : { memberId };
      };
      const registry = new Registry();
      const metrics = await createMetrics({ registry });
      const transport = createMemoryTransport();
      const services = await startServices({ transport, reservation: { database }, metrics });
      const { reservations } = services.reservation!;
      const routes = reservationRoutes({ database, reservations, authenticate: callerOf, ready: services.ready });
      await app.register(routes, { prefix: '/api' });
      await app.register(paymentRoutes({ database, secret: 'key' }), { prefix: '/money' });
      app.post('/own', async ({ body }) => ({ body }));
      app.get('/broken', () => Promise.reject(new Error('their own')));
      const ask = askAt(await app.listen({ port: 0 }));
      try {
        const post = { method: 'POST', body: REQUEST };
        expect((await ask('/api/reservations', post)).status).toBe(401);
        const made = await ask('/api/reservations', { ...post, headers: { 'X-User': 'anna' } });
        expect(made).toMatchObject({ status: 201, body: { kind: 'reserved' } });
        const path = `/api/reservations/${String(made.body.reservationId)}`;
        expect(await ask(path, { headers: { 'X-User': 'anna' } })).toMatchObject({ body: { memberId: 7 } });
        expect(await ask('/money/callbacks', { method: 'POST', body: {} })).toMatchObject({ status: 401 });
        expect((await ask('/own', { ...post, headers: { 'Content-Type': 'text/plain' } })).status).toBe(200);
        expect(await ask('/api/ready')).toMatchObject({ status: 200, body: { ready: true } });
        expect(await registry.metrics()).toMatch(/tablepick_reservations_total\{.*outcome="reserved".*\} 1/);
        expect(await ask('/broken')).toMatchObject({ status: 500, body: { message: 'their own' } });
      } finally {
        await app.close();
        await services.stop();
      }
    });
  });
});
