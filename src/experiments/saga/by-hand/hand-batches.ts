import { randomUUID } from 'node:crypto';

import type { Database, SqlValue, Transaction } from '../../../database/index.js';
import { placeholders } from '../../../database/placeholders.js';
import { type MessageDraft, outboxStatements } from '../../../messaging/index.js';
import { sagaEvent } from '../../../payments/events.js';
import { defaultPricing } from '../../../payments/index.js';
import { historyStatement } from '../../../saga/history.js';
import { restaurantOf } from '../../server/scene-slots.js';

/** A saga whose rows are written by hand. */
export interface HandSaga {
  reservationId: number;
  slotId: number;
  memberId: number;
  partySize: number;
}

/** The databases of both sides. */
export interface HandDatabases {
  database: Database;
  payments: Database;
}

const TAKE = `UPDATE {slot} FORCE INDEX (PRIMARY) SET {slot.count} = {slot.count} + ?, {slot.version} = {slot.version} + 1
  WHERE {slot.id} IN `;
const RESERVE = `INSERT INTO {reservation} ({reservation.id}, {reservation.slotId}, {reservation.restaurantId},
  {reservation.memberId}, {reservation.partySize}, {reservation.seats}, {reservation.idempotencyKey}) VALUES `;
const NOTE = 'INSERT INTO inbox (consumer_group, message_id, handled_at) VALUES ';
const REQUEST = 'INSERT INTO payment (reservation_id, amount, currency, created_at, changed_at) VALUES ';
const PAY = `UPDATE payment FORCE INDEX (PRIMARY) SET status = 'PAID', reason = '', provider_id = 'by-hand',
  changed_at = UTC_TIMESTAMP(6) WHERE status = 'READY' AND reservation_id IN `;
const RECORD = `INSERT INTO payment_history (reservation_id, from_status, to_status, reason, actor, changed_at) VALUES `;
const CONFIRM = `UPDATE {reservation} FORCE INDEX (PRIMARY) SET {reservation.status} = 'CONFIRMED',
  {reservation.paymentStatus} = 'PAID', {reservation.paymentId} = 'by-hand'
  WHERE {reservation.status} = 'PENDING' AND {reservation.id} IN `;

/** Takes the seats of all, with the messages that ask for their payments. One transaction. */
export async function reserveByHand({ database }: HandDatabases, sagas: readonly HandSaga[]): Promise<void> {
  await database.transaction(async (tx) => {
    for (const [seats, slotIds] of seatsOf(sagas)) await tx.execute(TAKE + placeholders(slotIds), [seats, ...slotIds]);
    await insert(tx, RESERVE, {
      row: '(?, ?, ?, ?, ?, ?, ?)',
      rows: sagas.map(({ reservationId, slotId, memberId, partySize }) => {
        const key = `guest-${memberId}`;
        return [reservationId, slotId, restaurantOf(slotId), memberId, partySize, 1, key];
      }),
    });
    await append(
      tx,
      sagas.map((saga) => {
        const { slotId, ...about } = saga;
        const slotIds = [slotId];
        return sagaEvent('ReservationCreated', {
          ...about,
          restaurantId: restaurantOf(slotId),
          slotIds,
          ...moneyOf(saga),
        });
      }),
    );
  });
}

/** Requests the payments of all, then notes them as paid. Two transactions. */
export async function payByHand({ payments }: HandDatabases, sagas: readonly HandSaga[]): Promise<void> {
  await payments.transaction(async (tx) => {
    await noteInbox(tx, 'payments', sagas);
    await insert(tx, REQUEST, {
      row: '(?, ?, ?, UTC_TIMESTAMP(6), UTC_TIMESTAMP(6))',
      rows: sagas.map((saga) => [saga.reservationId, moneyOf(saga).amount, moneyOf(saga).currency]),
    });
    await recordPayments(tx, sagas, [null, 'READY', 'requested']);
    await append(
      tx,
      sagas.map((saga) => sagaEvent('PaymentRequested', { reservationId: saga.reservationId, ...moneyOf(saga) })),
    );
  });
  await payments.transaction(async (tx) => {
    await noteInbox(tx, 'payments', sagas);
    await tx.execute(PAY + placeholders(sagas), idsOf(sagas));
    await recordPayments(tx, sagas, ['READY', 'PAID', '']);
    await append(
      tx,
      sagas.map((saga) => {
        const { reservationId } = saga;
        return sagaEvent('PaymentSucceeded', { reservationId, ...moneyOf(saga), paymentId: 'by-hand', reason: '' });
      }),
    );
  });
}

/** Confirms all. One transaction. */
export async function confirmByHand({ database }: HandDatabases, sagas: readonly HandSaga[]): Promise<void> {
  await database.transaction(async (tx) => {
    await noteInbox(tx, 'reservations', sagas);
    await tx.execute(CONFIRM + placeholders(sagas), idsOf(sagas));
    const steps = sagas.flatMap(({ reservationId }) => [
      { ...STEP, reservationId, subject: 'reservation' as const, from: 'PENDING', to: 'CONFIRMED', reason: 'paid' },
      { ...STEP, reservationId, subject: 'payment' as const, from: null, to: 'PAID', reason: '' },
    ]);
    const { sql, values } = historyStatement(steps);
    await tx.execute(sql, values);
    await append(
      tx,
      sagas.map(({ reservationId, slotId, memberId, partySize }) => {
        const about = { reservationId, restaurantId: restaurantOf(slotId), memberId, partySize };
        return sagaEvent('ReservationConfirmed', { ...about, slotId, reason: 'paid' });
      }),
    );
  });
}

const STEP = { actor: 'by-hand' };

function moneyOf({ slotId, ...about }: HandSaga): { amount: number; currency: string } {
  return defaultPricing({ ...about, restaurantId: restaurantOf(slotId), slotId, slotIds: [slotId] });
}

/** The slots by the number of seats that are taken in them. */
function seatsOf(sagas: readonly HandSaga[]): Map<number, number[]> {
  const seats = new Map<number, number>();
  for (const { slotId } of sagas) seats.set(slotId, (seats.get(slotId) ?? 0) + 1);
  const slots = new Map<number, number[]>();
  for (const [slotId, taken] of [...seats].toSorted(([a], [b]) => a - b)) {
    slots.set(taken, [...(slots.get(taken) ?? []), slotId]);
  }
  return slots;
}

async function insert(
  tx: Transaction,
  sql: string,
  { row, rows }: { row: string; rows: readonly SqlValue[][] },
): Promise<void> {
  await tx.execute(sql + Array(rows.length).fill(row).join(', '), rows.flat());
}

function noteInbox(tx: Transaction, group: string, sagas: readonly HandSaga[]): Promise<void> {
  const ids = sagas.map(() => randomUUID()).toSorted();
  return insert(tx, NOTE, { row: '(?, ?, UTC_TIMESTAMP(6))', rows: ids.map((id) => [group, id]) });
}

function recordPayments(tx: Transaction, sagas: readonly HandSaga[], step: readonly SqlValue[]): Promise<void> {
  const rows = sagas.map(({ reservationId }) => [reservationId, ...step, 'by-hand']);
  return insert(tx, RECORD, { row: '(?, ?, ?, ?, ?, UTC_TIMESTAMP(6))', rows });
}

async function append(tx: Transaction, drafts: readonly MessageDraft[]): Promise<void> {
  for (const { sql, values } of outboxStatements(drafts)) await tx.execute(sql, values);
}

function idsOf(sagas: readonly HandSaga[]): number[] {
  return sagas.map(({ reservationId }) => reservationId);
}
