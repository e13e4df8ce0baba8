import { readdir } from 'node:fs/promises';

import { reconcile } from 'tablepick/reconcile';
import { settleOverdue } from 'tablepick/payments';
import { checkInvariants, createReservations } from 'tablepick/reservations';
import { type Saga, listSagas, recordSaga } from 'tablepick/saga';
import { expect } from 'vitest';

import { expectNoOpenTransactions, expectSameSet, until } from './fire-judge.js';
import { readLedger } from './gateway-scene.js';
import type { SagaFire } from './saga-fire.js';

const ALL = 1_000_000;
const PRICE = 5000;

/**
 * Settles the payments whose callback got lost, and lets the reconciliation repair the rest. Resolves with its
 * findings.
 */
export async function repairAll(fire: SagaFire): Promise<Record<string, number>> {
  const { paymentDb, reservationDb, gateway } = fire;
  await until('all payments settled', async () => {
    const settled = await settleOverdue({ database: paymentDb, gateway, olderThanMs: 0, limit: ALL });
    const open = await paymentDb.query(`SELECT 1 FROM payment WHERE status IN ('READY', 'REFUNDING') LIMIT 1`);
    return settled === 0 && open.length === 0;
  });
  const reservations = createReservations({ database: reservationDb, recordChanges: recordSaga() });
  const databases = { reservationDatabase: reservationDb, paymentDatabase: paymentDb };
  const { classes } = await reconcile({ ...databases, reservations, gateway, olderThanMs: 2000, fix: true });
  await reservations.close();
  return Object.fromEntries(classes.filter(({ found }) => found > 0).map(({ name, found }) => [name, found]));
}

/** Money agrees with seats for every reservation, nothing is unfinished, and each guest was told everything once. */
export async function expectAllWell(fire: SagaFire): Promise<Record<string, number>> {
  const { reservationDb, reservationUrl, paymentUrl } = fire;
  expect(await checkInvariants(reservationDb, { limit: 5 })).toMatchObject({ ok: true, violations: [] });
  const counts = await expectMoneyIsSeats(fire);
  await expectMailsOnce(fire);
  await expectReconciled(fire);
  await expectNoOpenTransactions(reservationUrl, paymentUrl);
  return counts;
}

async function expectMoneyIsSeats({ reservationDb, gatewayUrl, gateway }: SagaFire): Promise<Record<string, number>> {
  const ledger = new Map((await readLedger(gatewayUrl)).map((line) => [line.reservationId, line]));
  const sagas = await listSagas(reservationDb, { limit: ALL });
  const parties = await readParties(reservationDb);
  const wrong: object[] = [];
  const counts: Record<string, number> = {};
  for (const { reservationId, state, status } of sagas) {
    const { charged = 0, refunded = 0 } = ledger.get(reservationId) ?? {};
    ledger.delete(reservationId);
    const amount = parties.get(reservationId)! * PRICE;
    const isRefused =
      state === 'COMPENSATION_FAILED' && (await gateway.find(reservationId))?.state === 'cancel-refused';
    const end = { state, status, amount, charged, refunded };
    if (!isRight(end, isRefused)) wrong.push({ reservationId, ...end });
    counts[state] = (counts[state] ?? 0) + 1;
  }
  expect({ wrong: wrong.slice(0, 5), ofNobody: [...ledger.keys()] }).toEqual({ wrong: [], ofNobody: [] });
  return counts;
}

interface End extends Pick<Saga, 'state' | 'status'> {
  amount: number;
  charged: number;
  refunded: number;
}

/**
 * The saga is over, and at most one charge was taken. The charge stays when the seat is held, or when the provider does
 * not give it back.
 */
function isRight({ state, status, amount, charged, refunded }: End, isRefused: boolean): boolean {
  if (['AWAITING_PAYMENT', 'REFUNDING', ...(isRefused ? [] : ['COMPENSATION_FAILED'])].includes(state)) return false;
  const isKept = status === 'CONFIRMED' || isRefused;
  return (charged === 0 || charged === amount) && charged - refunded === (isKept ? amount : 0);
}

async function readParties(database: SagaFire['reservationDb']): Promise<Map<number, number>> {
  const rows = await database.query<{ id: number; size: number }>(
    'SELECT {reservation.id} AS id, {reservation.partySize} AS size FROM {reservation}',
  );
  return new Map(rows.map(({ id, size }) => [id, size]));
}

/** A mail's file has the name of its message. */
async function expectMailsOnce({ reservationDb, mailFolder }: SagaFire): Promise<void> {
  const told = await reservationDb.query<{ id: string }>(
    `SELECT id FROM outbox WHERE type IN ('ReservationConfirmed', 'ReservationCancelled')`,
  );
  const files = await readdir(mailFolder);
  const mails = files.filter((file) => file.endsWith('.eml')).map((file) => file.split('@')[0]!);
  expectSameSet(
    mails,
    told.map(({ id }) => id),
  );
}

/** The reconciliation finds nothing more, except for refunds that the provider refused. */
async function expectReconciled({ reservationDb, paymentDb, gateway }: SagaFire): Promise<void> {
  const reservations = createReservations({ database: reservationDb, recordChanges: recordSaga() });
  const databases = { reservationDatabase: reservationDb, paymentDatabase: paymentDb };
  const { classes } = await reconcile({ ...databases, reservations, gateway, olderThanMs: 0 });
  await reservations.close();
  const found = classes.filter(({ name, found: count }) => count > 0 && name !== 'compensation-failed');
  expect(found).toEqual([]);
}
