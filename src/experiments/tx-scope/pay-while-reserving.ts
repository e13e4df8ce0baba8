import { setTimeout as sleep } from 'node:timers/promises';

import { seededRandom } from '../../bench/load/random.js';
import type { Random } from '../../bench/load/random.js';
import type { Database, Transaction } from '../../database/index.js';
import { createReservations } from '../../reservations/index.js';
import type { CallOutcome, SeatRequest } from '../locks/call-log.js';
import type { LoadJob, SlowPayment } from '../locks/load-job.js';
import type { LoadTarget } from '../locks/load-target.js';
import { restaurantOf } from '../server/scene-slots.js';
import { TransactionWatch } from '../server/transaction-watch.js';

const LOCK_SLOT = `SELECT {slot.capacity} AS capacity, {slot.count} AS count FROM {slot} WHERE {slot.id} = ? FOR UPDATE`;
const ADD_SEAT = `UPDATE {slot} SET {slot.count} = {slot.count} + 1, {slot.version} = {slot.version} + 1 WHERE {slot.id} = ?`;
const INSERT_CONFIRMED = `
  INSERT INTO {reservation} ({reservation.slotId}, {reservation.restaurantId}, {reservation.memberId},
    {reservation.idempotencyKey}, {reservation.status})
  VALUES (?, ?, ?, ?, 'CONFIRMED')`;

/** Longer than any payment, so that no hold expires: the experiment is about where the payment takes place. */
const holdTtlMs = 600_000;

/**
 * Prepares reservations with a payment as the job says: while the slot's row is locked, or between two transactions.
 */
export function readyPayment(
  database: Database,
  { isolation, seed }: LoadJob,
  way: SlowPayment & { kind: 'payment-inside' | 'payment-outside' },
): LoadTarget {
  const watch = new TransactionWatch();
  const watched = watch.over(database);
  const pay = paymentOf(way, seededRandom(seed));
  if (way.kind === 'payment-inside') {
    const reserve = (request: SeatRequest): Promise<CallOutcome> =>
      watched.transaction((tx) => payInside(tx, request, pay), { isolation });
    return { watch, reserve, close: () => Promise.resolve() };
  }
  const reservations = createReservations({ database: watched, strategy: 'pessimistic', isolation });
  return {
    watch,
    reserve: async (request) => {
      const outcome = await reservations.reserve({ ...request, holdTtlMs });
      if (outcome.kind !== 'reserved') return outcome;
      await pay();
      const { kind } = await reservations.confirm(outcome);
      return kind === 'confirmed' ? outcome : { kind: 'failed', code: kind };
    },
    close: () => reservations.close(),
  };
}

type Pay = () => Promise<void>;

function paymentOf({ latencyMs, jitterMs }: SlowPayment, random: Random): Pay {
  return () => sleep(Math.max(0, latencyMs + (2 * random() - 1) * jitterMs));
}

/** The library's API does not allow this: every other guest of the slot waits for this guest's payment. */
async function payInside(
  tx: Transaction,
  { slotId, memberId, idempotencyKey }: SeatRequest,
  pay: Pay,
): Promise<CallOutcome> {
  const [slot] = await tx.query<{ capacity: number; count: number }>(LOCK_SLOT, [slotId]);
  if (slot === undefined || slot.count >= slot.capacity) return { kind: 'sold-out' };
  await tx.execute(ADD_SEAT, [slotId]);
  const row = [slotId, restaurantOf(slotId), memberId, idempotencyKey];
  const { insertId } = await tx.execute(INSERT_CONFIRMED, row);
  await pay();
  return { kind: 'reserved', reservationId: insertId };
}
