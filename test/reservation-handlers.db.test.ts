import { setTimeout as sleep } from 'node:timers/promises';

import { checkInvariants, createReservations } from 'tablepick/reservations';
import { type BatchContext, type BatchHandler, type Message, createMessage, runHandler } from 'tablepick/messaging';
import { sagaEvent } from 'tablepick/payments';
import { recordSaga, reservationHandlers } from 'tablepick/saga';
import { describe, expect, it } from 'vitest';

import { type ReservationScene, withReservationScene } from './support/reservation-scene.js';
import { type TestServer, testServers } from './support/servers.js';

const GROUP = 'reservation';

/** The reservation side without its messaging: `pay` hands it the message that a payment succeeded. */
interface HandlerScene extends ReservationScene {
  /** Resolves with the id of the first of them; the hold is over after `holdTtlMs`. */
  hold(slotIds: readonly number[], holdTtlMs: number): Promise<number>;
  pay(reservationId: number, handler?: BatchHandler): Promise<void>;
  /** The handler of that message. */
  confirm: BatchHandler;
  statuses(): Promise<string[]>;
  /** Types of the messages to others since the reservation was made. */
  said(): Promise<string[]>;
  compensations(): Promise<unknown[]>;
}

async function withHandlerScene(server: TestServer, work: (scene: HandlerScene) => Promise<void>): Promise<void> {
  await withReservationScene(server, { slots: 3, capacity: 5 }, async (scene) => {
    const { database } = scene;
    const reservations = createReservations({ database, recordChanges: recordSaga() });
    const { PaymentSucceeded: confirm } = reservationHandlers({ reservations });
    const columnOf = async (sql: string): Promise<string[]> =>
      (await database.query<{ value: string }>(sql)).map(({ value }) => value);
    try {
      await work({
        ...scene,
        confirm,
        hold: async (slotIds, holdTtlMs) => {
          const request = { memberId: 7, partySize: 2, idempotencyKey: slotIds.join(), holdTtlMs };
          const outcome = await reservations.reserve({ ...request, slots: slotIds.map((slotId) => ({ slotId })) });
          if (outcome.kind !== 'reserved') throw new Error(outcome.kind);
          return outcome.reservationId;
        },
        pay: async (reservationId, handler = confirm) => {
          await runHandler(handler, paid(reservationId), { database, group: GROUP });
        },
        statuses: () => columnOf('SELECT status AS value FROM reservation ORDER BY id'),
        said: () => columnOf("SELECT type AS value FROM outbox WHERE type <> 'ReservationCreated' ORDER BY seq"),
        compensations: () => database.query('SELECT reservation_id AS id, state FROM compensation'),
      });
    } finally {
      await reservations.close();
    }
  });
}

/** The same message for the same reservation. */
function paid(reservationId: number): Message {
  const settled = { reservationId, amount: 10_000, currency: 'KRW', paymentId: 'p', reason: '' };
  return createMessage({ ...sagaEvent('PaymentSucceeded', settled), id: `paid-${reservationId}` });
}

describe.each(testServers())('the handlers of the reservation side on $name', (server) => {
  it('confirm a reservation once when the same message is handled many times at once', async () => {
    await withHandlerScene(server, async (scene) => {
      const id = await scene.hold([1], 60_000);
      await Promise.all(Array.from({ length: 10 }, () => scene.pay(id)));
      expect([await scene.statuses(), await scene.said()]).toEqual([['CONFIRMED'], ['ReservationConfirmed']]);
    });
  });

  it('confirm reservations made as one together, also while others hold their slots', async () => {
    await withHandlerScene(server, async (scene) => {
      const id = await scene.hold([1, 2], 60_000);
      await scene.database.transaction(async (tx) => {
        await tx.query('SELECT {slot.id} FROM {slot} FOR UPDATE');
        await scene.pay(id);
      });
      expect([await scene.statuses(), await scene.said()]).toEqual([
        ['CONFIRMED', 'CONFIRMED'],
        ['ReservationConfirmed'],
      ]);
    });
  });

  it('expire reservations made as one together when they are paid too late, and ask for one refund', async () => {
    await withHandlerScene(server, async (scene) => {
      const id = await scene.hold([1, 2, 3], 1);
      await sleep(20);
      await Promise.all([scene.pay(id), scene.pay(id)]);
      expect(await scene.statuses()).toEqual(['EXPIRED', 'EXPIRED', 'EXPIRED']);
      expect(await scene.said()).toEqual(['ReservationCancelled', 'RefundRequested']);
      expect(await scene.compensations()).toEqual([{ id, state: 'REFUND_REQUESTED' }]);
      expect((await checkInvariants(scene.database)).ok).toBe(true);
    });
  });

  it('give the money back also when the reservation is deleted while its payment is heard', async () => {
    await withHandlerScene(server, async (scene) => {
      const id = await scene.hold([1], 1);
      await sleep(20);
      let deleting: Promise<void> | undefined;
      const { name, handleBatch } = scene.confirm;
      const deleteFirst = (note: BatchContext['noteHandled']): BatchContext['noteHandled'] => {
        return async (tx) => {
          deleting ??= scene.run('DELETE FROM {reservation} WHERE {reservation.id} = ?', [id]);
          // Until it waits for the row, which the first try gives up for the lock of the slot.
          await sleep(200);
          return note(tx);
        };
      };
      await scene.pay(id, {
        name,
        handleBatch: (messages, context) =>
          handleBatch(messages, { ...context, noteHandled: deleteFirst(context.noteHandled) }),
      });
      await deleting;
      expect(await scene.statuses()).toEqual([]);
      expect(await scene.said()).toContain('RefundRequested');
      expect(await scene.compensations()).toEqual([{ id, state: 'REFUND_REQUESTED' }]);
      const handled = await scene.database.query('SELECT message_id AS id FROM inbox');
      expect(handled).toEqual([{ id: paid(id).id }]);
    });
  });
});
