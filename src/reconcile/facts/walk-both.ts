import type { Database, SqlValue } from '../../database/index.js';
import { isLive } from '../../reservations/transitions/live-status.js';
import { type Facts, judgeFacts } from './judge-facts.js';
import {
  type CompensationRow,
  type FactsQuery,
  type PaymentRow,
  type ReservationRow,
  readCompensations,
  readPayments,
  readReservations,
} from './read-facts.js';
import type { MoneySums, ReconcileResult } from '../reconcile-result.js';

/** Rows of either side that are held in memory at once. */
const ROWS_AT_ONCE = 5000;

/** The smallest and the largest BIGINT. */
const BELOW_ALL = -(2n ** 63n);
const ABOVE_ALL = 2n ** 63n - 1n;

const LAST_RESERVATION = 'SELECT MAX({reservation.id}) AS id FROM {reservation}';
const LAST_PAYMENT = 'SELECT MAX(reservation_id) AS id FROM payment';

/** The databases of both services, and the age from which rows count. */
export interface BothSides {
  reservationDatabase: Database;
  paymentDatabase: Database;
  olderThanMs: number;
  signal?: AbortSignal | undefined;
}

/** The rows of a range of ids. */
export interface WalkedRange {
  /** Ids with a possible disagreement. */
  disagreeing: readonly number[];
  reservations: readonly ReservationRow[];
  payments: readonly PaymentRow[];
  /** Undefined for the last range. */
  upToId: number | undefined;
}

/**
 * Walks over both services in the order of reservation ids, and merges their rows in memory, range by range. The ranges
 * have no gaps. The two sides are read one after the other, and the next range is read while the caller works on this
 * one. So a disagreement must be looked at again.
 */
export async function* walkBoth(sides: BothSides): AsyncGenerator<WalkedRange> {
  let next: Promise<WalkedRange> | undefined = readRange(sides, BELOW_ALL);
  while (next !== undefined) {
    const range: WalkedRange = await next;
    next = range.upToId === undefined ? undefined : readRange(sides, range.upToId);
    const settled = next?.catch(() => {});
    try {
      yield range;
    } finally {
      // Also when the caller stops walking. After this, nothing is read any more.
      await settled;
    }
  }
}

/**
 * A range ends where one of the two sides has given `ROWS_AT_ONCE` rows. Payments beyond its end are read again with
 * the next range. The order of reading is that of {@link readFacts}.
 */
async function readRange(sides: BothSides, after: SqlValue): Promise<WalkedRange> {
  const { reservationDatabase, paymentDatabase, olderThanMs, signal } = sides;
  const readUpTo = (upTo: SqlValue, most?: number): FactsQuery => ({ ids: { after, upTo, most }, olderThanMs, signal });
  const read = await readPayments(paymentDatabase, readUpTo(ABOVE_ALL, ROWS_AT_ONCE));
  const lastPaid = endOf(read);
  const reservations = await readReservations(reservationDatabase, readUpTo(lastPaid ?? ABOVE_ALL, ROWS_AT_ONCE));
  const upToId = endOf(reservations) ?? lastPaid;
  const compensations = await readCompensations(reservationDatabase, readUpTo(upToId ?? ABOVE_ALL));
  const payments = read.filter(({ reservationId }) => upToId === undefined || reservationId <= upToId);
  const facts = merge({ payments, reservations, compensations });
  const disagreeing = [...facts].filter(([, each]) => judgeFacts(each) !== undefined).map(([id]) => id);
  return { disagreeing, reservations, payments, upToId };
}

/** The id up to which one side was read; undefined: to its end. */
function endOf(rows: readonly { reservationId: number }[]): number | undefined {
  return rows.length < ROWS_AT_ONCE ? undefined : rows.at(-1)?.reservationId;
}

/** The largest id on either side. */
export async function readLastId({ reservationDatabase, paymentDatabase }: BothSides): Promise<number> {
  const last = await Promise.all([
    reservationDatabase.query<{ id: number | null }>(LAST_RESERVATION),
    paymentDatabase.query<{ id: number | null }>(LAST_PAYMENT),
  ]);
  return Math.max(...last.flat().map(({ id }) => id ?? 0));
}

/**
 * Reads the facts of both services about some reservations: first the payment, then the reservation, then its
 * compensation. When a step of the saga is seen late in this order, it makes less disagree. So nothing right seems
 * wrong.
 */
export async function readFacts(sides: BothSides, ids: readonly number[]): Promise<Map<number, Facts>> {
  const { olderThanMs, signal } = sides;
  const query = { ids: { ids }, olderThanMs, signal };
  const payments = await readPayments(sides.paymentDatabase, query);
  const reservations = await readReservations(sides.reservationDatabase, query);
  const compensations = await readCompensations(sides.reservationDatabase, query);
  return merge({ payments, reservations, compensations });
}

function merge(rows: {
  payments: readonly PaymentRow[];
  reservations: readonly ReservationRow[];
  compensations: readonly CompensationRow[];
}): Map<number, Facts> {
  const facts = new Map<number, Facts>();
  for (const { reservationId, status, heard, isFirst, isOld, isOverdue } of rows.reservations) {
    if (!isFirst) continue;
    const reservation = { status, heard, isOld: Boolean(isOld), isOverdue: Boolean(isOverdue) };
    facts.set(reservationId, { reservation, payment: undefined, compensation: undefined });
  }
  for (const { reservationId, status, isUnnamed, isOld } of rows.payments) {
    factsOf(facts, reservationId).payment = { status, isUnnamed: Boolean(isUnnamed), isOld: Boolean(isOld) };
  }
  for (const { reservationId, state, isOld } of rows.compensations) {
    factsOf(facts, reservationId).compensation = { state, isOld: Boolean(isOld) };
  }
  return facts;
}

function factsOf(facts: Map<number, Facts>, reservationId: number): Facts {
  const known = facts.get(reservationId);
  if (known !== undefined) return known;
  const fresh: Facts = { reservation: undefined, payment: undefined, compensation: undefined };
  facts.set(reservationId, fresh);
  return fresh;
}

/** Seats and money of the ranges that were walked. */
export class MoneyCount {
  readonly checked = { reservations: 0, payments: 0 };
  #heldSeats = 0;
  readonly #paid = new Map<string, bigint>();
  readonly #refunded = new Map<string, bigint>();

  get money(): ReconcileResult['money'] {
    return { heldSeats: this.#heldSeats, paid: sumsOf(this.#paid), refunded: sumsOf(this.#refunded) };
  }

  add({ reservations, payments }: WalkedRange): void {
    this.checked.reservations += reservations.length;
    this.checked.payments += payments.length;
    for (const { status, seats } of reservations) if (isLive(status)) this.#heldSeats += seats;
    for (const payment of payments) this.#addPayment(payment);
  }

  #addPayment({ status, amount, currency }: PaymentRow): void {
    if (status === 'READY' || status === 'FAILED') return;
    const sums = status === 'REFUNDED' ? this.#refunded : this.#paid;
    sums.set(currency, (sums.get(currency) ?? 0n) + BigInt(amount));
  }
}

function sumsOf(sums: ReadonlyMap<string, bigint>): MoneySums {
  const plain = (sum: bigint) => (sum <= Number.MAX_SAFE_INTEGER ? Number(sum) : String(sum));
  return Object.fromEntries([...sums].map(([currency, sum]) => [currency, plain(sum)]));
}
