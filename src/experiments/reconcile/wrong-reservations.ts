import type { Database, Session } from '../../database/index.js';

/** One of this many reservations is wrong. */
export const oneWrongIn = 100;

/** Taken seats of each slot. */
const perSlot = 50;

/** The digits 0 to 9, from which `NUMBERS` makes the numbers 1 to 10,000. */
const DIGITS =
  '(SELECT 0 AS n UNION ALL SELECT 1 UNION ALL SELECT 2 UNION ALL SELECT 3 UNION ALL SELECT 4 UNION ALL SELECT 5 UNION ALL SELECT 6 UNION ALL SELECT 7 UNION ALL SELECT 8 UNION ALL SELECT 9)';
const NUMBERS = `(SELECT 1 + a.n + 10 * b.n + 100 * c.n + 1000 * d.n AS n FROM ${DIGITS} a, ${DIGITS} b, ${DIGITS} c, ${DIGITS} d)`;
const STEP = 10_000;

/**
 * 0: right. 1: paid, still PENDING. 2: paid, CANCELLED, without a refund request. 3: paid and CONFIRMED, but the
 * reservation has not heard of the payment. 4: an expired hold.
 */
const WRONG = `CASE WHEN id % ${oneWrongIn} <> 0 THEN 0 ELSE 1 + (id DIV ${oneWrongIn}) % 4 END`;
const IDS = `(SELECT ? + n AS id FROM ${NUMBERS} numbers WHERE ? + n <= ?) ids`;

const FILL_SLOTS = `INSERT INTO {slot} ({slot.id}, {slot.restaurantId}, {slot.date}, {slot.time}, {slot.capacity})
  SELECT id, 1, DATE '2090-01-01' + INTERVAL (id DIV 24) DAY, MAKETIME(id % 24, 0, 0), 100 FROM ${IDS}`;
const FILL_RESERVATIONS = `INSERT INTO {reservation} ({reservation.id}, {reservation.slotId}, {reservation.restaurantId}, {reservation.memberId},
    {reservation.status}, {reservation.idempotencyKey}, {reservation.createdAt}, {reservation.expiresAt}, {reservation.paymentId},
    {reservation.paymentStatus})
  SELECT id, 1 + (id DIV ${perSlot}), 1, id, ELT(1 + wrong, 'CONFIRMED', 'PENDING', 'CANCELLED', 'CONFIRMED', 'PENDING'), id,
    UTC_TIMESTAMP(6) - INTERVAL 1 HOUR, IF(wrong = 4, UTC_TIMESTAMP(6) - INTERVAL 30 MINUTE, NULL), IF(wrong = 0, CONCAT('pay-', id), NULL),
    IF(wrong = 0, 'PAID', NULL)
  FROM (SELECT id, ${WRONG} AS wrong FROM ${IDS}) made`;
const COUNT_SEATS = `UPDATE {slot} s JOIN (SELECT {reservation.slotId} AS slotId, SUM({reservation.seats}) AS taken FROM {reservation}
    WHERE {reservation.status} IN ('PENDING', 'CONFIRMED') GROUP BY {reservation.slotId}) r ON r.slotId = s.{slot.id}
  SET s.{slot.count} = r.taken`;
const FILL_PAYMENTS = `INSERT INTO payment (reservation_id, status, amount, currency, provider_id, created_at, changed_at)
  SELECT id, 'PAID', 5000, 'KRW', CONCAT('pay-', id), UTC_TIMESTAMP(6) - INTERVAL 1 HOUR, UTC_TIMESTAMP(6) - INTERVAL 1 HOUR
  FROM (SELECT id, ${WRONG} AS wrong FROM ${IDS}) made WHERE wrong <> 4`;

/** Fills both services' empty tables with reservations made an hour ago. One in {@link oneWrongIn} is wrong. */
export async function fillReservations(reservations: Database, payments: Database, count: number): Promise<void> {
  await reservations.session(async (session) => {
    await fill(session, FILL_SLOTS, 1 + Math.floor(count / perSlot));
    await fill(session, FILL_RESERVATIONS, count);
    await session.execute(COUNT_SEATS);
  });
  await payments.session((session) => fill(session, FILL_PAYMENTS, count));
}

async function fill(session: Session, sql: string, count: number): Promise<void> {
  for (let from = 0; from < count; from += STEP) await session.execute(sql, [from, from, count]);
}
