import { appendFile, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';

import { describe, expect, it, vi } from 'vitest';

import {
  MONEY,
  NEVER_OPENS,
  TRACE,
  atEnd,
  openGateway,
  readLedger,
  startChild,
  startProvider,
  startReceiver,
} from './support/gateway-scene.js';

async function newStateFile() {
  const folder = await mkdtemp(path.join(tmpdir(), 'tablepick-gateway-'));
  atEnd(() => rm(folder, { recursive: true }));
  return path.join(folder, 'payments.jsonl');
}

describe('a callback', () => {
  it('tells the end of a payment and of a refund, signed, with the trace', async () => {
    const receiver = await startReceiver();
    const server = await startProvider({ callbackDelayMs: 5, callbackUrl: receiver.url, secret: ['key', 'old key'] });
    const gateway = openGateway(server.url);
    const outcome = await gateway.approve({ reservationId: 7, ...MONEY, traceparent: TRACE });
    expect(outcome.kind).toBe('pending');
    const about = { reservationId: 7, providerId: outcome.providerId, ...MONEY };
    await vi.waitFor(() => expect(receiver.taken).toEqual([{ ...about, kind: 'payment', state: 'approved' }]), 5000);
    expect(await gateway.cancel({ reservationId: 7 })).toMatchObject({ kind: 'pending' });
    await vi.waitFor(() => expect(receiver.taken).toHaveLength(2), 5000);
    expect(receiver.taken[1]).toEqual({ ...about, kind: 'refund', state: 'cancelled' });
    expect(receiver.traces).toEqual([TRACE, undefined]);
    expect(await gateway.cancel({ reservationId: 7 })).toMatchObject({ kind: 'cancelled' });
  });

  it('tells failures too, at the URL that the request names', async () => {
    const receiver = await startReceiver();
    const callbackOrigins = [receiver.url];
    const faults = { failRate: 1 };
    const server = await startProvider({ callbackDelayMs: 5, secret: 'key', faults, callbackOrigins });
    const order = (reservationId: number, callbackUrl: string) =>
      fetch(`${server.url}/payments`, {
        method: 'POST',
        body: JSON.stringify({ reservationId, ...MONEY, callbackUrl }),
        headers: { 'Content-Type': 'application/json' },
      });
    expect((await order(7, receiver.url)).status).toBe(200);
    for (const url of [
      'http://169.254.169.254/latest/meta-data',
      `${receiver.url.replace(/:\d+/, ':1')}`,
      'file:///x',
      receiver.url.replace('//', '//user:pw@'),
    ]) {
      const refused = await order(8, url);
      expect([url, refused.status]).toEqual([url, url.startsWith('http') ? 403 : 422]);
    }
    await vi.waitFor(() => expect(receiver.taken).toMatchObject([{ kind: 'payment', state: 'declined' }]), 5000);
    expect(receiver.taken[0]?.reason).toBe('the card was refused');
  });

  it('is sent again until it is taken', async () => {
    const receiver = await startReceiver();
    receiver.refuseNext = 3;
    const server = await startProvider({ callbackDelayMs: 1, callbackUrl: receiver.url, secret: 'key' });
    await openGateway(server.url).approve({ reservationId: 7, ...MONEY });
    await vi.waitFor(() => expect(receiver.taken).toHaveLength(1), 10_000);
    expect(receiver.refused).toBe(3);
    await vi.waitFor(() => expect(server.stats()).toMatchObject({ callbacksSent: 1, callbacksGivenUp: 0 }), 5000);
  });

  it('is not taken when it is signed with another secret', async () => {
    const receiver = await startReceiver('another key');
    const server = await startProvider({ callbackDelayMs: 1, callbackUrl: receiver.url, secret: 'key' });
    await openGateway(server.url).approve({ reservationId: 7, ...MONEY });
    await vi.waitFor(() => expect(receiver.refused).toBeGreaterThan(0), 5000);
    expect(receiver.taken).toEqual([]);
  });

  it('comes twice, or never, when chance says so', async () => {
    const receiver = await startReceiver();
    const server = await startProvider({ callbackDelayMs: 1, callbackUrl: receiver.url, secret: 'key' });
    const gateway = openGateway(server.url);
    server.changeFaults({ duplicateCallbackRate: 1 });
    await gateway.approve({ reservationId: 1, ...MONEY });
    await vi.waitFor(() => expect(receiver.taken.map((one) => one.reservationId)).toEqual([1, 1]), 5000);
    server.changeFaults({ duplicateCallbackRate: 0, lostCallbackRate: 1 });
    await gateway.approve({ reservationId: 2, ...MONEY });
    await vi.waitFor(() => expect(server.stats().callbacksLost).toBe(1), 5000);
    expect(await gateway.find(2)).toMatchObject({ state: 'approved' });
    expect(receiver.taken).toHaveLength(2);
  });

  it('does not say approved of a payment that was cancelled while it was pending', async () => {
    const receiver = await startReceiver();
    const options = { callbackUrl: receiver.url, secret: 'key', stateFile: await newStateFile() };
    const server = await startProvider({ ...options, callbackDelayMs: 600_000 });
    const gateway = openGateway(server.url);
    await gateway.approve({ reservationId: 1, ...MONEY });
    expect(await gateway.cancel({ reservationId: 1 })).toMatchObject({ kind: 'cancelled' });
    await server.stop();
    const again = await startProvider({ ...options, callbackDelayMs: 1 });
    await openGateway(again.url).approve({ reservationId: 2, ...MONEY });
    await vi.waitFor(() => expect(receiver.taken.map((one) => one.reservationId)).toEqual([2]), 5000);
    expect(again.ledger()[0]).toEqual({ reservationId: 1, charged: 0, refunded: 0 });
  });
});

describe('a provider that is killed', () => {
  it('comes back with all that it said it charged, and charges nothing again', async () => {
    const file = await newStateFile();
    const child = await startChild({ stateFile: file });
    const gateway = openGateway(child.url, { attempts: 1, breaker: NEVER_OPENS });
    const told: number[] = [];
    const asked = Array.from({ length: 200 }, async (_, at) => {
      const { kind } = await gateway.approve({ reservationId: at + 1, ...MONEY });
      expect(kind).toBe('approved');
      if (told.push(at + 1) === 20) await child.kill();
    });
    await Promise.allSettled(asked);
    expect(told.length).toBeGreaterThanOrEqual(20);
    await appendFile(file, '{"reservationId":1,"amo');

    const again = await startChild({ stateFile: file, port: child.port });
    const kept = await readLedger(again.url);
    const charged = new Set(kept.filter((line) => line.charged > 0).map((line) => line.reservationId));
    expect(told.filter((reservationId) => !charged.has(reservationId))).toEqual([]);
    await Promise.all(asked.map((_, at) => gateway.approve({ reservationId: at + 1, ...MONEY })));
    const ledger = await readLedger(again.url);
    expect(ledger).toHaveLength(200);
    expect(ledger.every((line) => line.charged === MONEY.amount && line.refunded === 0)).toBe(true);
  });

  it('ends what was pending, and makes the callbacks that it owes', async () => {
    const receiver = await startReceiver();
    const options = { stateFile: await newStateFile(), callbackUrl: receiver.url, secret: 'key' };
    const child = await startChild({ ...options, callbackDelayMs: 600_000 });
    await openGateway(child.url).approve({ reservationId: 1, ...MONEY });
    await child.kill();
    receiver.refuseNext = 1_000_000;
    const second = await startChild({ ...options, callbackDelayMs: 1 });
    await vi.waitFor(() => expect(receiver.refused).toBeGreaterThan(0), 5000);
    await second.kill();
    receiver.refuseNext = 0;
    const third = await startChild({ ...options, callbackDelayMs: 1 });
    await vi.waitFor(() => expect(receiver.taken).toMatchObject([{ reservationId: 1, state: 'approved' }]), 5000);
    expect(await readLedger(third.url)).toEqual([{ reservationId: 1, charged: 10_000, refunded: 0 }]);
  });
});

describe('a state file', () => {
  const sale = {
    reservationId: 1,
    amount: 1,
    currency: 'KRW',
    state: 'approved',
    providerId: 'p',
    charged: 1,
    refunded: 0,
  };
  const line = `${JSON.stringify({ ...sale, owed: [] })}\n`;

  it.each([
    ['notes without an end of line', 'buy milk'],
    ['JSON of something else in one line', '{"name":"mine"}\n'],
    ['JSON of something else without an end of line', '{"name":"mine"}'],
    ['a number', '1\n'],
    ['entries with a line of something else', `${line}buy milk\n`],
    ['a line of something else behind which half a line stands', 'buy milk\nand br'],
  ])('that is %s is refused and left as it is', async (_, text) => {
    const stateFile = await newStateFile();
    await writeFile(stateFile, text);
    await expect(startProvider({ stateFile })).rejects.toMatchObject({
      code: 'BAD_OPTION',
      message: expect.stringContaining('nothing was written') as string,
    });
    expect(await readFile(stateFile, 'utf8')).toBe(text);
  });

  it('that is a folder, or in none, is refused', async () => {
    const file = await newStateFile();
    for (const stateFile of [path.dirname(file), path.join(file, 'below')]) {
      await expect(startProvider({ stateFile })).rejects.toMatchObject({ code: 'BAD_OPTION' });
    }
  });

  it.each([
    ['of before there was a header', line],
    ['whose last line was cut short', `${line}{"reservationId":2,"am`],
  ])('%s is read', async (_, text) => {
    const stateFile = await newStateFile();
    await writeFile(stateFile, text);
    expect((await startProvider({ stateFile })).ledger()).toEqual([{ reservationId: 1, charged: 1, refunded: 0 }]);
    expect(await readFile(stateFile, 'utf8')).toBe(line);
  });

  it('whose first line was cut short begins anew', async () => {
    const stateFile = await newStateFile();
    await (await startProvider({ stateFile })).stop();
    const header = await readFile(stateFile, 'utf8');
    expect(header).toMatch(/^\{"file":"payments of a tablepick gateway"/);
    await writeFile(stateFile, header.slice(0, 20));
    await (await startProvider({ stateFile })).stop();
    expect(await readFile(stateFile, 'utf8')).toBe(header);
  });
});
