import { setTimeout as sleep } from 'node:timers/promises';

import { type Message, type MessageEnd, createMessage, runBatch } from 'tablepick/messaging';
import { sagaEvent } from 'tablepick/payments';
import { type RecordChanges, checkInvariants, createReservations } from 'tablepick/reservations';
import { type PaymentEndType, recordSaga, reservationHandlers } from 'tablepick/saga';
import { describe, expect, it } from 'vitest';

import { type ReservationScene, withReservationScene } from './support/reservation-scene.js';
import { type TestServer, testServers } from './support/servers.js';

interface BatchScene extends ReservationScene {
  hold(memberId: number, slotId: number, holdTtlMs?: number): Promise<number>;
  /** Hands messages to the handler as one batch, and says how each ended, in order. */
  hear(messages: readonly Message[]): Promise<(MessageEnd['kind'] | 'open')[]>;
  /** Transactions that `hear` has begun, with those that were rolled back. */
  transactions(): number;
  /** Status and payment of reservations. */
  rows(): Promise<string[]>;
  said(): Promise<string[]>;
  compensations(): Promise<unknown[]>;
}

async function withBatchScene(
  server: TestServer,
  work: (scene: BatchScene) => Promise<void>,
  alongside: RecordChanges = () => [],
): Promise<void> {
  await withReservationScene(server, { slots: 4, capacity: 200 }, async (scene) => {
    const { database } = scene;
    const saga = recordSaga();
    let transactions = 0;
    const counted = {
      ...database,
      transaction: ((run, options) => {
        transactions += 1;
        return database.transaction(run, options);
      }) as typeof database.transaction,
    };
    const reservations = createReservations({
      database: counted,
      recordChanges: (changes) => [...saga(changes), ...alongside(changes)],
    });
    const { PaymentSucceeded: handler } = reservationHandlers({ reservations });
    const columnOf = async (sql: string): Promise<string[]> =>
      (await database.query<{ value: string }>(sql)).map(({ value }) => value);
    try {
      await work({
        ...scene,
        hold: async (memberId, slotId, holdTtlMs) => {
          const request = { slotId, memberId, partySize: 1, idempotencyKey: `${memberId}-${slotId}`, holdTtlMs };
          const outcome = await reservations.reserve(request);
          if (outcome.kind !== 'reserved') throw new Error(outcome.kind);
          return outcome.reservationId;
        },
        hear: async (messages) => {
          transactions = 0;
          const ends = await runBatch(handler, messages, { database, group: 'reservations' });
          return messages.map(({ id }) => ends.get(id)?.kind ?? 'open');
        },
        transactions: () => transactions,
        rows: () =>
          columnOf(`SELECT CONCAT_WS(' ', status, payment_status, payment_id) AS value FROM reservation ORDER BY id`),
        said: () => columnOf("SELECT type AS value FROM outbox WHERE type <> 'ReservationCreated' ORDER BY seq"),
        compensations: () => database.query('SELECT reservation_id AS id, state, error FROM compensation ORDER BY 1'),
      });
      expect(await checkInvariants(database)).toMatchObject({ ok: true, violations: [] });
    } finally {
      await reservations.close();
    }
  });
}

function message(type: PaymentEndType, reservationId: number, reason = ''): Message {
  const settled = { reservationId, amount: 5000, currency: 'KRW', paymentId: `pay-${reservationId}`, reason };
  return createMessage({ ...sagaEvent(type, settled), id: `${type}-${reservationId}` });
}

describe.each(testServers())('a batch of news of payments on $name', (server) => {
  it('takes one transaction, whatever the news are', async () => {
    await withBatchScene(server, async (scene) => {
      const members = Array.from({ length: 60 }, (_, place) => place + 1);
      const ids = await Promise.all(members.map((member) => scene.hold(member, 1 + (member % 4))));
      const messages = ids.map((id, place) => message(place % 3 === 0 ? 'PaymentFailed' : 'PaymentSucceeded', id));
      expect(new Set(await scene.hear(messages))).toEqual(new Set(['handled']));
      expect(scene.transactions()).toBe(1);
      const rows = await scene.rows();
      expect(rows.filter((row) => row.startsWith('CONFIRMED PAID pay-'))).toHaveLength(40);
      expect(rows.filter((row) => row.startsWith('CANCELLED FAILED pay-'))).toHaveLength(20);
      expect((await scene.said()).filter((type) => type === 'ReservationConfirmed')).toHaveLength(40);
      expect(await scene.compensations()).toEqual([]);
    });
  });

  it('decides the news of one reservation in order: paid too late, and given back', async () => {
    await withBatchScene(server, async (scene) => {
      const [late, other, refused] = [await scene.hold(1, 1, 1), await scene.hold(2, 1), await scene.hold(3, 2, 1)];
      await sleep(20);
      const ends = await scene.hear([
        message('PaymentSucceeded', late),
        message('PaymentSucceeded', other),
        message('PaymentSucceeded', refused),
        message('PaymentRefunded', late),
        message('RefundFailed', refused, 'the card is gone'),
      ]);
      expect(new Set(ends)).toEqual(new Set(['handled']));
      expect(await scene.rows()).toEqual([
        `EXPIRED REFUNDED pay-${late}`,
        `CONFIRMED PAID pay-${other}`,
        `EXPIRED REFUND_FAILED pay-${refused}`,
      ]);
      expect(await scene.compensations()).toEqual([
        { id: late, state: 'REFUNDED', error: null },
        { id: refused, state: 'COMPENSATION_FAILED', error: 'the card is gone' },
      ]);
      const history = await scene.database.query<{ step: string }>(
        `SELECT CONCAT_WS(' ', subject, to_state) AS step FROM reservation_history WHERE reservation_id = ? ORDER BY id`,
        [late],
      );
      expect(history.map(({ step }) => step)).toEqual([
        'reservation EXPIRED',
        'payment PAID',
        'payment REFUNDED',
        'compensation REFUND_REQUESTED',
        'compensation REFUNDED',
      ]);
    });
  });

  it('gives the money of a deleted reservation back, beside its neighbours', async () => {
    await withBatchScene(server, async (scene) => {
      const [gone, there] = [await scene.hold(1, 1), await scene.hold(2, 2)];
      await scene.run('DELETE FROM {reservation} WHERE {reservation.id} = ?', [gone]);
      await scene.run('UPDATE {slot} SET {slot.count} = 0 WHERE {slot.id} = 1');
      const ends = await scene.hear([message('PaymentSucceeded', gone), message('PaymentSucceeded', there)]);
      expect(ends).toEqual(['handled', 'handled']);
      expect(await scene.compensations()).toEqual([{ id: gone, state: 'REFUND_REQUESTED', error: null }]);
      expect(await scene.said()).toEqual(['ReservationConfirmed', 'RefundRequested']);
    });
  });

  it('takes effect once, however often a message comes', async () => {
    await withBatchScene(server, async (scene) => {
      const ids = await Promise.all([1, 2, 3].map((member) => scene.hold(member, 1)));
      const messages = ids.map((id) => message('PaymentSucceeded', id));
      await scene.hear([messages[0]!, messages[1]!, messages[0]!]);
      const again = await Promise.all([scene.hear(messages), scene.hear(messages), scene.hear(messages)]);
      expect(again.map(([first]) => first)).toEqual(['duplicate', 'duplicate', 'duplicate']);
      expect(again.map(([, , third]) => third).sort()).toEqual(['duplicate', 'duplicate', 'handled']);
      expect(await scene.said()).toEqual(Array(3).fill('ReservationConfirmed'));
    });
  });

  it('is halved when the server refuses some, and the others are handled', async () => {
    const refuse: RecordChanges = (changes) =>
      changes.some(({ from, memberId }) => from !== null && memberId % 2 === 0)
        ? [{ sql: "SIGNAL SQLSTATE '45000' SET MESSAGE_TEXT = 'refused'", values: [] }]
        : [];
    const work = async (scene: BatchScene): Promise<void> => {
      const members = Array.from({ length: 16 }, (_, place) => place + 1);
      const ids = await Promise.all(members.map((member) => scene.hold(member, 1)));
      const ends = await scene.hear(ids.map((id) => message('PaymentSucceeded', id)));
      expect(ends).toEqual(members.map((member) => (member % 2 === 0 ? 'failed' : 'handled')));
      const handled = await scene.database.query('SELECT 1 FROM inbox');
      expect(handled).toHaveLength(8);
    };
    await withBatchScene(server, work, refuse);
  });

  it('leaves out a message that cannot be read, with the later ones of its key', async () => {
    await withBatchScene(server, async (scene) => {
      const [bad, good] = [await scene.hold(1, 1), await scene.hold(2, 1)];
      const { data, ...rest } = message('PaymentSucceeded', bad);
      const unreadable = createMessage({ ...rest, data: { ...(data as object), amount: 'much' } });
      const ends = await scene.hear([unreadable, message('PaymentRefunded', bad), message('PaymentSucceeded', good)]);
      expect(ends).toEqual(['failed', 'open', 'handled']);
      expect(await scene.rows()).toEqual(['PENDING', `CONFIRMED PAID pay-${good}`]);
    });
  });

  it('leaves out messages whose reservation somebody holds for long', async () => {
    await withBatchScene(server, async (scene) => {
      const [held, free] = [await scene.hold(1, 1), await scene.hold(2, 1)];
      const messages = [
        message('PaymentSucceeded', held),
        message('PaymentRefunded', held),
        message('PaymentSucceeded', free),
      ];
      await scene.database.transaction(async (tx) => {
        await tx.query('SELECT id FROM reservation WHERE id = ? FOR UPDATE', [held]);
        expect(await scene.hear(messages)).toEqual(['failed', 'open', 'handled']);
      });
      expect(await scene.hear(messages)).toEqual(['handled', 'handled', 'duplicate']);
    });
  });
});
