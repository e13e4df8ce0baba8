import { describe, expect, it, vi } from 'vitest';

import { freePort } from './support/free-port.js';
import { MONEY, NEVER_OPENS, TRACE, openGateway, startAnswering, startProvider } from './support/gateway-scene.js';
import { type ScriptedAnswer, json } from './support/scripted-server.js';

describe('a provider that fails', () => {
  it.each([
    ['loses answers', { lostAnswerRate: 1 }, 10_000],
    ['is overloaded', { errorRate: 1 }, 0],
    ['is away', { downEveryMs: 1, downForMs: 1 }, 0],
  ])('and %s leaves the caller not knowing, until it is asked again', async (_what, faults, charged) => {
    const server = await startProvider({ faults });
    const gateway = openGateway(server.url, { attempts: 2 });
    const unknown = { code: 'GATEWAY_UNAVAILABLE', retriable: true };
    await expect(gateway.approve({ reservationId: 7, ...MONEY })).rejects.toMatchObject(unknown);
    await expect(gateway.find(7)).rejects.toMatchObject(unknown);
    expect(gateway.events.map(({ kind }) => kind)).toEqual(['failed', 'failed', 'failed', 'failed']);
    expect(server.ledger().map((line) => line.charged)).toEqual(charged === 0 ? [] : [charged]);
    server.changeFaults({ lostAnswerRate: 0, errorRate: 0, downEveryMs: 0 });
    expect(await gateway.approve({ reservationId: 7, ...MONEY })).toMatchObject({ kind: 'approved' });
    expect(server.ledger()).toEqual([{ reservationId: 7, charged: 10_000, refunded: 0 }]);
  });

  it('is asked again by itself, with the same key and trace', async () => {
    const keys: (string | undefined)[] = [];
    const server = await startAnswering((request) => {
      keys.push(request.header('Idempotency-Key'), request.header('traceparent'));
      const isFirst = keys.length % 4 === 2;
      return isFirst ? { kind: 'hang-up' } : json({ reservationId: 7, providerId: 'p', state: 'cancelled' });
    });
    const gateway = openGateway(server.url);
    await gateway.approve({ reservationId: 7, ...MONEY, traceparent: TRACE });
    await gateway.cancel({ reservationId: 7, traceparent: TRACE });
    expect(keys).toEqual(['7', TRACE, '7', TRACE, 'cancel-7', TRACE, 'cancel-7', TRACE]);
    expect(gateway.events).toMatchObject([
      { kind: 'failed', call: 'approve', reservationId: 7, attempt: 1 },
      { kind: 'answered', call: 'approve', reservationId: 7, attempt: 2, outcome: 'declined' },
      { kind: 'failed', call: 'cancel', reservationId: 7, attempt: 1 },
      { kind: 'answered', call: 'cancel', reservationId: 7, attempt: 2, outcome: 'cancelled' },
    ]);
  });

  it('is not waited for longer than it may take; what it did is done', async () => {
    const server = await startProvider({ faults: { latencyMs: 400 } });
    const gateway = openGateway(server.url, { timeoutMs: 50, attempts: 1 });
    await expect(gateway.approve({ reservationId: 7, ...MONEY })).rejects.toMatchObject({
      code: 'GATEWAY_UNAVAILABLE',
      message: 'approve reservation 7: no answer within 50 ms',
    });
    await vi.waitFor(() => expect(server.ledger()).toEqual([{ reservationId: 7, charged: 10_000, refunded: 0 }]), 5000);
  });

  it('is not waited for when the caller stops, or the gateway is closed', async () => {
    const server = await startProvider({ faults: { latencyMs: 300 } });
    const gateway = openGateway(server.url);
    const stopping = new AbortController();
    const stopped = gateway.approve({ reservationId: 1, ...MONEY }, stopping.signal);
    stopping.abort();
    await expect(stopped).rejects.toMatchObject({ code: 'ABORTED' });
    await expect(gateway.find(1, stopping.signal)).rejects.toMatchObject({ code: 'ABORTED' });
    const closed = gateway.find(1);
    gateway.close();
    await expect(closed).rejects.toMatchObject({ code: 'ABORTED' });
    await expect(gateway.find(1)).rejects.toMatchObject({ code: 'ABORTED' });
  });

  it('is no secret: the error says why', async () => {
    const port = await freePort();
    const gateway = openGateway(`http://127.0.0.1:${port}`);
    await expect(gateway.find(7)).rejects.toMatchObject({
      code: 'GATEWAY_UNAVAILABLE',
      message: `find the payment of reservation 7: connect ECONNREFUSED 127.0.0.1:${port}`,
    });
  });

  it.each<[string, ScriptedAnswer]>([
    ['no JSON', { kind: 'text', status: 200, text: '<html>', contentType: 'text/html' }],
    ['half of it', { kind: 'text', status: 200, text: '{"providerId":"p"', contentType: 'application/json' }],
    ['nothing', { kind: 'text', status: 200, text: '', contentType: 'application/json' }],
    ['null', { kind: 'json', status: 200, body: null }],
    ['no state', { kind: 'json', status: 200, body: { providerId: 'p' } }],
    ['too much', { kind: 'json', status: 200, body: { providerId: 'p', state: 'approved', more: 'x'.repeat(70_000) } }],
    ['a redirection', { kind: 'json', status: 302, body: {}, headers: { Location: '/payments' } }],
    ['too many requests', { kind: 'json', status: 429, body: {} }],
    ['an error of a proxy', { kind: 'text', status: 502, text: 'Bad Gateway', contentType: 'text/plain' }],
  ])('and answers %s has said nothing', async (_what, answer) => {
    const server = await startAnswering(answer);
    const gateway = openGateway(server.url, { attempts: 1 });
    const unknown = { code: 'GATEWAY_UNAVAILABLE', retriable: true };
    await expect(gateway.approve({ reservationId: 7, ...MONEY })).rejects.toMatchObject(unknown);
    await expect(gateway.cancel({ reservationId: 7 })).rejects.toMatchObject(unknown);
    await expect(gateway.find(7)).rejects.toMatchObject(unknown);
  });

  it('does not say that there is no payment by a 404 of something on the way', async () => {
    const server = await startAnswering({
      kind: 'text',
      status: 404,
      text: 'Not Found',
      contentType: 'text/plain',
    });
    const gateway = openGateway(server.url, { attempts: 1 });
    await expect(gateway.find(7)).rejects.toMatchObject({ code: 'GATEWAY_UNAVAILABLE' });
  });

  it('does not refuse a payment by an answer that is about its key, its place or the moment', async () => {
    let status = 0;
    const server = await startAnswering(() => json({ error: { message: 'no' } }, status));
    const gateway = openGateway(server.url, { attempts: 1, breaker: NEVER_OPENS });
    const ends: (string | number)[][] = [];
    const codeOf = (call: Promise<unknown>) => call.then(String, ({ code }: { code: string }) => code);
    for (status of [401, 403, 404, 405, 407, 408, 409, 410, 413, 421, 425, 426, 429, 451, 400, 422]) {
      ends.push([
        status,
        await codeOf(gateway.approve({ reservationId: 7, ...MONEY })),
        await codeOf(gateway.cancel({ reservationId: 7 })),
      ]);
    }
    const unknown = ends.filter(([, ...codes]) => codes.every((code) => code === 'GATEWAY_UNAVAILABLE'));
    const wrong = ends.filter(([, ...codes]) => codes.every((code) => code === 'GATEWAY_REFUSED'));
    expect(unknown.length).toBe(14);
    expect(wrong.map(([code]) => code)).toEqual([400, 422]);
  });

  it.each([
    ['another reservation', { reservationId: 8, providerId: 'p' }],
    ['no reservation', { providerId: 'p' }],
  ])('does not say that a payment is approved by an answer about %s', async (_what, about) => {
    const server = await startAnswering(json({ ...about, state: 'approved' }));
    const gateway = openGateway(server.url, { attempts: 1 });
    await expect(gateway.approve({ reservationId: 7, ...MONEY })).rejects.toMatchObject({
      code: 'GATEWAY_UNAVAILABLE',
    });
  });

  it.each([
    ['amount', { amount: 1, currency: 'KRW' }],
    ['currency', { amount: 10_000, currency: 'EUR' }],
  ])('tells an approval of another %s as it is: whoever settles compares', async (_what, money) => {
    const server = await startAnswering(json({ reservationId: 7, providerId: 'p', ...money, state: 'approved' }));
    const gateway = openGateway(server.url, { attempts: 1 });
    const outcome = await gateway.approve({ reservationId: 7, ...MONEY });
    expect(outcome).toMatchObject({ kind: 'approved', ...money });
  });
});

describe('the breaker', () => {
  it('opens after failures in a row, and asks nobody while it is open', async () => {
    const server = await startProvider({ faults: { errorRate: 1 } });
    const gateway = openGateway(server.url, { attempts: 3, breaker: { failures: 4, coolDownMs: 600_000 } });
    await expect(gateway.find(7)).rejects.toThrow(/^find the payment of reservation 7: the provider answered 503$/);
    await expect(gateway.find(7)).rejects.toThrow(/^find the payment of reservation 7: the provider answered 503$/);
    expect(server.stats().requests).toBe(4);
    await expect(gateway.find(7)).rejects.toMatchObject({
      code: 'GATEWAY_UNAVAILABLE',
      retriable: true,
      message: expect.stringMatching(/failed too often in a row; the last: .* answered 503/) as string,
      hint: expect.stringContaining('600000 ms') as string,
      cause: expect.objectContaining({ code: 'GATEWAY_UNAVAILABLE' }) as unknown,
    });
    expect(server.stats().requests).toBe(4);
    expect(gateway.events.filter(({ kind }) => kind.startsWith('breaker'))).toMatchObject([{ kind: 'breaker-opened' }]);
  });

  it('closes when a call succeeds after it has cooled down', async () => {
    const server = await startProvider({ faults: { errorRate: 1 } });
    const gateway = openGateway(server.url, { attempts: 1, breaker: { failures: 1, coolDownMs: 100 } });
    await expect(gateway.find(7)).rejects.toMatchObject({ code: 'GATEWAY_UNAVAILABLE' });
    server.changeFaults({ errorRate: 0 });
    expect(await vi.waitFor(() => gateway.find(7), 5000)).toBeUndefined();
    expect(server.stats().requests).toBe(2);
    const changes = gateway.events.filter(({ kind }) => kind.startsWith('breaker'));
    expect(changes.map(({ kind }) => kind)).toEqual(['breaker-opened', 'breaker-closed']);
  });

  it('lets one call through to try, and opens again when that fails', async () => {
    const server = await startProvider({ faults: { errorRate: 1 } });
    const gateway = openGateway(server.url, { attempts: 1, breaker: { failures: 1, coolDownMs: 0 } });
    await expect(gateway.find(7)).rejects.toThrow(/answered 503/);
    server.changeFaults({ latencyMs: 50 });
    const ends = await Promise.allSettled([gateway.find(7), gateway.find(7), gateway.find(7)]);
    expect(ends.map(({ status }) => status)).toEqual(['rejected', 'rejected', 'rejected']);
    expect(server.stats().requests).toBe(2);
    expect(gateway.events.filter(({ kind }) => kind === 'breaker-opened')).toHaveLength(2);
  });

  it('is not closed by a trial whose caller gave up', async () => {
    const server = await startProvider({ faults: { errorRate: 1 } });
    const gateway = openGateway(server.url, { attempts: 1, breaker: { failures: 1, coolDownMs: 0 } });
    await expect(gateway.find(7)).rejects.toThrow(/answered 503/);
    await expect(gateway.find(7, AbortSignal.abort())).rejects.toMatchObject({ code: 'ABORTED' });
    expect(gateway.events.filter(({ kind }) => kind === 'breaker-closed')).toEqual([]);
  });

  it('does not open because requests are wrong, or callers give up', async () => {
    const server = await startProvider();
    const gateway = openGateway(server.url, { breaker: { failures: 1, coolDownMs: 60_000 } });
    for (const amount of [-1, 0.5, Number.NaN]) {
      const refused = gateway.approve({ reservationId: 7, amount, currency: 'KRW' });
      await expect(refused).rejects.toMatchObject({ code: 'GATEWAY_REFUSED' });
    }
    await expect(gateway.find(7, AbortSignal.abort())).rejects.toMatchObject({ code: 'ABORTED' });
    expect(await gateway.approve({ reservationId: 7, ...MONEY })).toMatchObject({ kind: 'approved' });
  });
});
