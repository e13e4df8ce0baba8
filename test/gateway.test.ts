import { createHttpGateway } from 'tablepick/payments';
import { startGatewayServer } from 'tablepick/servers';
import { describe, expect, it } from 'vitest';

import { MONEY, NEVER_OPENS, openGateway, startAnswering, startProvider } from './support/gateway-scene.js';
import { randomSeed } from './support/random-seed.js';
import { json } from './support/scripted-server.js';

describe('a payment', () => {
  it('is charged once, whoever asks how often, and told the same', async () => {
    const server = await startProvider();
    const gateway = openGateway(server.url);
    const asked = Array.from({ length: 20 }, () => gateway.approve({ reservationId: 7, ...MONEY }));
    const outcomes = await Promise.all(asked);
    expect(outcomes[0]).toEqual({
      kind: 'approved',
      providerId: expect.stringMatching(/^pay_/) as string,
      ...MONEY,
    });
    expect(new Set(outcomes.map((outcome) => JSON.stringify(outcome))).size).toBe(1);
    expect(server.ledger()).toEqual([{ reservationId: 7, charged: 10_000, refunded: 0 }]);
    expect(await gateway.find(7)).toEqual({
      reservationId: 7,
      ...MONEY,
      state: 'approved',
      providerId: outcomes[0]!.providerId,
    });
  });

  it('is refused when it is asked for again with another amount', async () => {
    const server = await startProvider();
    const gateway = openGateway(server.url);
    await gateway.approve({ reservationId: 7, ...MONEY });
    await expect(gateway.approve({ reservationId: 7, amount: 1, currency: 'KRW' })).rejects.toMatchObject({
      code: 'GATEWAY_REFUSED',
      retriable: false,
      message: expect.stringMatching(/409.*10000 KRW, not 1 KRW/) as string,
    });
    expect(server.stats().requests).toBe(2);
  });

  it('is given back once', async () => {
    const server = await startProvider();
    const gateway = openGateway(server.url);
    await gateway.approve({ reservationId: 7, ...MONEY });
    const outcomes = await Promise.all([gateway.cancel({ reservationId: 7 }), gateway.cancel({ reservationId: 7 })]);
    expect(outcomes.map(({ kind }) => kind)).toEqual(['cancelled', 'cancelled']);
    expect(server.ledger()).toEqual([{ reservationId: 7, charged: 10_000, refunded: 10_000 }]);
    expect(await gateway.approve({ reservationId: 7, ...MONEY })).toMatchObject({
      kind: 'declined',
      reason: 'cancelled before',
    });
  });

  it('that was cancelled before anybody asked for it is never taken', async () => {
    const server = await startProvider();
    const gateway = openGateway(server.url);
    expect(await gateway.cancel({ reservationId: 7 })).toMatchObject({ kind: 'cancelled' });
    expect(await gateway.find(7)).toMatchObject({ state: 'cancelled', amount: 0, currency: 'XXX' });
    expect(await gateway.approve({ reservationId: 7, ...MONEY })).toMatchObject({
      kind: 'declined',
      reason: 'cancelled before',
    });
    expect(await gateway.find(7)).toMatchObject({ state: 'cancelled', ...MONEY });
    expect(server.ledger()).toEqual([{ reservationId: 7, charged: 0, refunded: 0 }]);
  });

  it('that nobody asked for is not known', async () => {
    const server = await startProvider();
    expect(await openGateway(server.url).find(7)).toBeUndefined();
  });

  it('is declined with a refused card, and a refund refused for good', async () => {
    const server = await startProvider({ faults: { failRate: 1, refuseRefundRate: 1 } });
    const gateway = openGateway(server.url);
    expect(await gateway.approve({ reservationId: 1, ...MONEY })).toMatchObject({
      kind: 'declined',
      reason: 'the card was refused',
    });
    expect(await gateway.cancel({ reservationId: 1 })).toMatchObject({ kind: 'cancelled' });
    server.changeFaults({ failRate: 0 });
    await gateway.approve({ reservationId: 2, ...MONEY });
    const refused = { kind: 'refused', reason: 'the refund was refused' };
    expect(await gateway.cancel({ reservationId: 2 })).toMatchObject(refused);
    server.changeFaults({ refuseRefundRate: 0 });
    expect(await gateway.cancel({ reservationId: 2 })).toMatchObject(refused);
    expect(await gateway.approve({ reservationId: 2, ...MONEY })).toMatchObject({ kind: 'approved' });
    expect(server.ledger().map(({ charged, refunded }) => charged - refunded)).toEqual([0, 10_000]);
  });
});

describe('money', () => {
  it('is taken once and given back once, whatever goes wrong in 500 calls at random', async () => {
    const seed = randomSeed();
    const faults = { lostAnswerRate: 0.2, errorRate: 0.1, failRate: 0.15, refuseRefundRate: 0.2, jitterMs: 4 };
    const server = await startProvider({ seed, faults });
    const gateway = openGateway(server.url, { attempts: 2, breaker: NEVER_OPENS });
    const told = new Map<number, Set<string>>();
    let state = seed;
    const next = (below: number) => ((state = (Math.imul(state, 1_103_515_245) + 12_345) >>> 0) % 65_521) % below;
    const callOnce = async () => {
      const reservationId = 1 + next(60);
      const call = next(3) === 0 ? gateway.cancel({ reservationId }) : gateway.approve({ reservationId, ...MONEY });
      const said = told.get(reservationId) ?? new Set<string>();
      told.set(reservationId, said.add((await call.catch(() => ({ kind: 'unknown' }))).kind));
    };
    const workers = Array.from({ length: 10 }, async () => {
      for (let call = 0; call < 50; call += 1) await callOnce();
    });
    await Promise.all(workers);
    server.changeFaults({ lostAnswerRate: 0, errorRate: 0, jitterMs: 0 });
    expect(server.stats().unanswered).toBeGreaterThan(0);
    for (const { reservationId, charged, refunded } of server.ledger()) {
      const payment = await gateway.find(reservationId);
      const said = told.get(reservationId) ?? new Set();
      const about = `reservation ${reservationId}, told ${[...said].join(', ')}`;
      expect([0, MONEY.amount], about).toContain(charged);
      expect([0, charged], about).toContain(refunded);
      const isHeld = payment?.state === 'approved' || payment?.state === 'cancel-refused';
      expect(charged - refunded, about).toBe(isHeld ? MONEY.amount : 0);
      if (said.has('approved')) expect(charged, about).toBe(MONEY.amount);
      if (said.has('cancelled') || said.has('declined')) expect(charged, about).toBe(refunded);
      const outcome = await gateway.approve({ reservationId, ...MONEY });
      expect(outcome.kind, about).toBe(isHeld ? 'approved' : 'declined');
    }
  });
});

describe('options', () => {
  it.each(['', 'localhost:8080', 'ftp://host/', 'http://', 'http://user:pw@host/', 'http://host/?a=b', '/payments'])(
    'of a gateway refuse the URL %j',
    (url) => {
      expect(() => createHttpGateway({ url })).toThrow(expect.objectContaining({ code: 'BAD_URL' }));
    },
  );

  it('of a gateway refuse numbers that mean nothing', () => {
    const url = 'http://127.0.0.1/';
    for (const wrong of [{ attempts: 0 }, { timeoutMs: 0.5 }, { breaker: { failures: 0, coolDownMs: 1 } }]) {
      expect(() => createHttpGateway({ url, ...wrong })).toThrow(expect.objectContaining({ code: 'BAD_OPTION' }));
    }
  });

  it('of a gateway take a path below which the provider is', async () => {
    const server = await startAnswering(
      json({ reservationId: 1, providerId: 'p', ...MONEY, state: 'approved' }),
      '/v1',
    );
    for (const url of [`${server.url}/v1`, `${server.url}/v1/`]) {
      expect(await openGateway(url).approve({ reservationId: 1, ...MONEY })).toMatchObject({ kind: 'approved' });
    }
  });

  it.each([
    [{ callbackDelayMs: 1 }, 'BAD_OPTION'],
    [{ callbackDelayMs: -1 }, 'BAD_OPTION'],
    [{ callbackUrl: 'localhost' }, 'BAD_URL'],
    [{ secret: '' }, 'BAD_OPTION'],
    [{ faults: { failRate: 2 } }, 'BAD_OPTION'],
    [{ port: -1 }, 'BAD_OPTION'],
  ])('of a provider are checked: %j', async (options, code) => {
    await expect(startGatewayServer(options)).rejects.toMatchObject({ code });
  });

  it('of faults are changed over HTTP, too, by who has the key', async () => {
    const adminKey = 'only mine';
    const server = await startProvider({ adminKey });
    const json = { 'Content-Type': 'application/json' };
    const send = (body: unknown, headers: Record<string, string>) =>
      fetch(`${server.url}/admin/faults`, { method: 'POST', body: JSON.stringify(body), headers });
    const change = (body: unknown) => send(body, { ...json, Authorization: `Bearer ${adminKey}` });
    for (const key of [{}, { Authorization: 'Bearer other' }, { Authorization: adminKey }]) {
      expect((await send({ failRate: 1 }, { ...json, ...key })).status).toBe(401);
      expect((await fetch(`${server.url}/admin/stats`, { headers: key })).status).toBe(401);
    }
    const keyless = await startProvider();
    expect((await fetch(`${keyless.url}/admin/faults`, { headers: { Authorization: 'Bearer ' } })).status).toBe(401);
    expect(await (await change({ downEveryMs: 1, downForMs: 1 })).json()).toMatchObject({ downEveryMs: 1 });
    await expect(fetch(`${server.url}/health`)).rejects.toThrow();
    expect(await (await change({ downEveryMs: 0 })).json()).toMatchObject({ downEveryMs: 0 });
    expect(await (await fetch(`${server.url}/health`)).json()).toEqual({ status: 'up' });
    expect((await change({ failrate: 1 })).status).toBe(422);
    expect((await change({ failRate: 2 })).status).toBe(422);
  });
});
