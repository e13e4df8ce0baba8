import { TablepickError } from 'tablepick';
import type { Database } from 'tablepick/database';
import {
  type Message,
  type MessageEnd,
  createMessage,
  createMemoryTransport,
  encodeMessage,
  runBatch,
} from 'tablepick/messaging';
import {
  type ApproveRequest,
  type PaymentGateway,
  paymentHandlers,
  receiveCallback,
  sagaEvent,
  sagaTopics,
  signCallback,
  startPayments,
} from 'tablepick/payments';
import { describe, expect, it } from 'vitest';

import { type PaymentScene, messageOf, providerOf, saidOf, withPaymentScene } from './support/payment-scene.js';
import { testServers } from './support/servers.js';
import { countingStatements } from './support/watched-database.js';

const WON = { currency: 'KRW' };
const silent = (): Promise<never> =>
  Promise.reject(new TablepickError('GATEWAY_UNAVAILABLE', 'no answer', { retriable: true }));
const approves = ({ reservationId, amount }: ApproveRequest) =>
  Promise.resolve({ kind: 'approved', providerId: `pay_${reservationId}`, amount, ...WON } as const);
const gives = ({ reservationId }: { reservationId: number }) =>
  Promise.resolve({ kind: 'cancelled', providerId: `pay_${reservationId}`, amount: 10_000, ...WON } as const);

/** A provider that approves, and gives back, whatever it is asked for. */
const willing = (): PaymentGateway => providerOf({ approve: approves, cancel: gives });

const upTo = (count: number): number[] => Array.from({ length: count }, (_, place) => place + 1);

function created(reservationId: number, amount: number): Message {
  const of = { restaurantId: 1, memberId: reservationId, partySize: 2, slotIds: [1] };
  return createMessage(sagaEvent('ReservationCreated', { reservationId, amount, ...WON, ...of }));
}

/** Hands messages of one type to the payment service, as a consumer does. Resolves with their ends, in order. */
async function handle(database: Database, gateway: PaymentGateway, messages: readonly Message[]): Promise<string[]> {
  const handler = paymentHandlers({ database, gateway })[messages[0]!.type]!;
  const ends = await runBatch(handler, messages, { database, group: 'payments' });
  return messages.map(({ id }) => wordOf(ends.get(id)));
}

function wordOf(end: MessageEnd | undefined): string {
  if (end?.kind !== 'failed') return end?.kind ?? 'none';
  return end.error instanceof TablepickError ? end.error.code : String(end.error);
}

async function statesOf(scene: PaymentScene, ids: readonly number[]): Promise<string[]> {
  const states: string[] = [];
  for (const id of ids) states.push(await scene.stateOf(id));
  return states;
}

async function historyOf({ database }: PaymentScene, reservationId: number): Promise<string[]> {
  const sql = `SELECT CONCAT_WS(' ', from_status, to_status) AS step FROM payment_history
    WHERE reservation_id = ? ORDER BY id`;
  const rows = await database.query<{ step: string }>(sql, [reservationId]);
  return rows.map(({ step }) => step);
}

/** From now on, the server refuses the history of payments with an even id. */
async function refuseEven({ database }: PaymentScene): Promise<void> {
  const sql = 'ALTER TABLE payment_history ADD CONSTRAINT ck_odd CHECK (reservation_id % 2 = 1)';
  await database.session((session) => session.execute(sql));
}

function call(database: Database, said: object): Promise<string> {
  const body = JSON.stringify(said);
  const received = { body, signature: signCallback(body, 's', new Date()) };
  return receiveCallback({ database, secret: 's' }, received).catch((error: TablepickError) => error.code);
}

const paid = (id: number, amount?: number) => ({ kind: 'payment', ...saidOf(id, 'approved', amount) });

describe.each(testServers())('payments by sets on $name', (server) => {
  it('take the same few statements, however many they are', async () => {
    await withPaymentScene(server, async (scene) => {
      const { database, take } = countingStatements(scene.database);
      const counts: Record<string, unknown[]> = { ReservationCreated: [], PaymentRequested: [], RefundRequested: [] };
      for (const [round, size] of [1, 7, 300].entries()) {
        const ids = upTo(size).map((place) => round * 1000 + place);
        const batches = [
          ids.map((id) => created(id, 10_000)),
          ids.map((id) => messageOf('PaymentRequested', id)),
          ids.map((id) => messageOf('RefundRequested', id)),
        ];
        for (const messages of batches) {
          expect(new Set(await handle(database, willing(), messages))).toEqual(new Set(['handled']));
          counts[messages[0]!.type]!.push(take());
        }
        expect(await scene.stateOf(ids.at(-1)!)).toBe('REFUNDED PaymentRequested PaymentSucceeded PaymentRefunded');
        expect(await historyOf(scene, ids.at(-1)!)).toEqual([
          'READY',
          'READY PAID',
          'PAID REFUNDING',
          'REFUNDING REFUNDED',
        ]);
      }
      expect(counts.ReservationCreated).toEqual(upTo(3).map(() => ({ transactions: 1, statements: 4 })));
      expect(counts.PaymentRequested).toEqual(upTo(3).map(() => ({ transactions: 1, statements: 5 })));
      // A refund is begun before the provider is asked, and those that come together are begun together.
      expect(counts.RefundRequested!.slice(0, 1)).toEqual([{ transactions: 2, statements: 9 }]);
      expect(counts.RefundRequested![2]).toMatchObject({ transactions: expect.toSatisfy((n: number) => n < 60) });
    });
  });

  it('are requested once, paid at once for nothing, and what is no request fails alone', async () => {
    await withPaymentScene(server, async (scene) => {
      await scene.put(3, 'READY');
      const messages = [created(1, 10_000), created(2, 0), created(3, 10_000), created(1, 10_000), created(4, -1)];
      const ends = ['handled', 'handled', 'handled', 'handled', 'BAD_AMOUNT'];
      expect(await handle(scene.database, willing(), messages)).toEqual(ends);
      const states = ['READY PaymentRequested', 'PAID PaymentSucceeded', 'READY', '-'];
      expect(await statesOf(scene, upTo(4))).toEqual(states);
      expect([await historyOf(scene, 1), await historyOf(scene, 2)]).toEqual([['READY'], ['READY', 'READY PAID']]);
      expect((await handle(scene.database, willing(), messages)).slice(0, 4)).toEqual(Array(4).fill('duplicate'));
      expect(await statesOf(scene, upTo(4))).toEqual(states);
    });
  });

  it('are settled once when they are asked for twice, and when a message comes twice', async () => {
    await withPaymentScene(server, async (scene) => {
      for (const id of [1, 2]) await scene.put(id, 'READY');
      const [once, again] = [messageOf('PaymentRequested', 1), messageOf('PaymentRequested', 1)];
      const messages = [once, messageOf('PaymentRequested', 2), again, once];
      expect(await handle(scene.database, willing(), messages)).toEqual(Array(4).fill('handled'));
      expect(await handle(scene.database, willing(), messages)).toEqual(Array(4).fill('duplicate'));
      expect(await statesOf(scene, [1, 2])).toEqual(['PAID PaymentSucceeded', 'PAID PaymentSucceeded']);
      expect(await historyOf(scene, 1)).toEqual(['READY PAID']);
    });
  });

  it('are settled as far as the provider answers, and other money is noted and fails alone', async () => {
    await withPaymentScene(server, async (scene) => {
      for (const id of upTo(7)) await scene.put(id, 'READY');
      const answers: Record<number, PaymentGateway['approve']> = {
        2: () => Promise.resolve({ kind: 'declined', providerId: 'pay_2', reason: 'no card' }),
        3: silent,
        4: () => Promise.resolve({ kind: 'approved', providerId: 'pay_4', amount: 9000, ...WON }),
        5: () => Promise.resolve({ kind: 'pending', providerId: 'pay_5' }),
      };
      const approve: PaymentGateway['approve'] = (request) => (answers[request.reservationId] ?? approves)(request);
      const messages = [...upTo(7), 4].map((id) => messageOf('PaymentRequested', id));
      const ends = await handle(scene.database, providerOf({ approve }), messages);
      const handled = 'handled';
      expect(ends.slice(0, 3)).toEqual([handled, handled, 'GATEWAY_UNAVAILABLE']);
      expect(ends.slice(3)).toEqual(['PAYMENT_MISMATCH', handled, handled, handled, expect.any(String)]);
      expect(await statesOf(scene, upTo(7))).toEqual([
        'PAID PaymentSucceeded',
        'FAILED PaymentFailed',
        'READY',
        'READY',
        'READY',
        'PAID PaymentSucceeded',
        'PAID PaymentSucceeded',
      ]);
      expect(await scene.database.query('SELECT reservation_id AS id, reason FROM payment_mismatch')).toEqual([
        { id: 4, reason: 'expected 10000 KRW, the provider says 9000 KRW' },
      ]);
      expect(await historyOf(scene, 4)).toEqual(['READY READY']);
      // Once it is repaired there, the messages settle it.
      const left = await handle(scene.database, willing(), [messages[3]!, messages[7]!]);
      expect([left, await scene.stateOf(4)]).toEqual([[handled, handled], 'PAID PaymentSucceeded']);
    });
  });

  it('are settled but for those that the server refuses', async () => {
    await withPaymentScene(server, async (scene) => {
      for (const id of upTo(8)) await scene.put(id, 'READY');
      await refuseEven(scene);
      const messages = upTo(8).map((id) => messageOf('PaymentRequested', id));
      const ends = await handle(scene.database, willing(), messages);
      expect(ends.map((end) => end === 'handled')).toEqual(upTo(8).map((id) => id % 2 === 1));
      const states = upTo(8).map((id) => (id % 2 === 1 ? 'PAID PaymentSucceeded' : 'READY'));
      expect(await statesOf(scene, upTo(8))).toEqual(states);
    });
  });

  it('go ahead of one on which the provider hangs', async () => {
    await withPaymentScene(server, async (scene) => {
      const { database } = scene;
      const approve: PaymentGateway['approve'] = (request, signal) =>
        request.reservationId === 3
          ? new Promise((_, reject) => signal!.addEventListener('abort', () => reject(new Error('stopped'))))
          : approves(request);
      await using transport = createMemoryTransport();
      await transport.createTopics(sagaTopics(1));
      const payments = await startPayments({ database, transport, gateway: providerOf({ approve }) });
      try {
        const messages = upTo(9).map((id) => created(id, 10_000));
        await transport.publish(messages.map((message) => encodeMessage(message)));
        const sql = "SELECT COUNT(*) AS paid FROM payment WHERE status = 'PAID'";
        for (let settled = 0; settled < 8;) settled = (await database.query<{ paid: number }>(sql))[0]!.paid;
        expect(await scene.stateOf(3)).toBe('READY PaymentRequested');
      } finally {
        await payments.stop();
      }
    });
  });
});

describe.each(testServers())('callbacks at once on $name', (server) => {
  it('settle each payment once, in a few COMMITs, and each gets its own answer', async () => {
    await withPaymentScene(server, async (scene) => {
      const { database, take } = countingStatements(scene.database);
      for (const id of upTo(100)) await scene.put(id, 'READY');
      await call(database, paid(999));
      take();
      const said = upTo(300).map((place) => paid(1 + (place % 100)));
      const answers = await Promise.all([...said, paid(1000)].map((each) => call(database, each)));
      expect(answers.slice(0, 100)).toEqual(Array(100).fill('settled'));
      expect(answers.slice(100)).toEqual([...Array<string>(200).fill('unchanged'), 'unknown-payment']);
      expect(take()).toEqual({ transactions: 1, statements: 4 });
      expect(new Set(await statesOf(scene, upTo(100)))).toEqual(new Set(['PAID PaymentSucceeded']));
    });
  });

  it('see each other in the order in which they came', async () => {
    await withPaymentScene(server, async (scene) => {
      await scene.put(1, 'FAILED');
      const refunded = { kind: 'refund', ...saidOf(1, 'cancelled') };
      const answers = await Promise.all([paid(1), refunded, paid(1)].map((each) => call(scene.database, each)));
      expect(answers).toEqual(['settled', 'settled', 'unchanged']);
      expect(await scene.stateOf(1)).toBe('REFUNDED RefundRequested PaymentRefunded');
      expect(await historyOf(scene, 1)).toEqual(['FAILED REFUNDING', 'REFUNDING REFUNDED']);
    });
  });

  it('fail alone when they are wrong, or when the server refuses them', async () => {
    await withPaymentScene(server, async (scene) => {
      for (const id of upTo(9)) await scene.put(id, 'READY');
      await refuseEven(scene);
      const answers = await Promise.all(
        upTo(9).map((id) => call(scene.database, paid(id, id === 5 ? 9000 : undefined))),
      );
      const refused = answers[1];
      expect(refused).toMatch(/BAD_ROW|QUERY_FAILED/);
      const right = upTo(9).map((id) => (id % 2 === 1 ? 'settled' : refused));
      expect(answers).toEqual(right.with(4, 'PAYMENT_MISMATCH'));
      const states = upTo(9).map((id) => (id % 2 === 1 && id !== 5 ? 'PAID PaymentSucceeded' : 'READY'));
      expect(await statesOf(scene, upTo(9))).toEqual(states);
    });
  });
});
