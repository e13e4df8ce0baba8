import type { Database } from '../../database/index.js';
import { readAsWriter } from '../../database/read-as-writer.js';
import { keepDoing } from '../../keep-doing.js';
import { serveHalved } from '../../serve-halved.js';
import type { PaymentGateway } from '../gateway/gateway.js';
import type { Report } from './decide-report.js';
import { mismatchError } from './payment-mismatch.js';
import { reportOfLookUp } from './report-of-look-up.js';
import { settlePayments } from './settle-payments.js';

/** Settings of {@link settleOverdue}. */
export interface SettleOverdueOptions {
  /** The payment service's own database. */
  database: Database;
  gateway: PaymentGateway;
  /** How long a payment or refund may be under way before the provider is asked. Default 60000. */
  olderThanMs?: number | undefined;
  /**
   * Most payments that one round asks for, oldest first. The same limit holds for refunds and for failed refunds.
   * Default 500.
   */
  limit?: number | undefined;
  /**
   * Called for each payment that could not be looked up or settled. Without it, the first failure is thrown at the end.
   */
  onError?: ((error: unknown) => void) | undefined;
  signal?: AbortSignal | undefined;
}

/** After so many failed look-ups in a row of one status, its other payments wait for the next round. */
const FAILURES_IN_A_ROW = 5;

/** Payments that are looked up at once, and settled together. */
const ASKED_AT_ONCE = 16;

// Answered by ix_payment_status, which ends with the primary key.
const SELECT = `SELECT reservation_id AS reservationId, changed_at AS changedAt FROM payment
  WHERE status = ? AND changed_at < UTC_TIMESTAMP(6) - INTERVAL ? * 1000 MICROSECOND
    AND changed_at >= UTC_TIMESTAMP(6) - INTERVAL ? SECOND AND changed_at >= ? AND (changed_at > ? OR reservation_id > ?)
  ORDER BY changed_at, reservation_id LIMIT ?`;

type OverdueStatus = 'READY' | 'REFUNDING' | 'REFUND_FAILED';

/** How far back a round looks. A refund that failed may have been made nevertheless, so it is looked up for a day. */
const WITHIN_SECONDS: Readonly<Record<OverdueStatus, number>> = {
  READY: 1_000_000_000,
  REFUNDING: 1_000_000_000,
  REFUND_FAILED: 86_400,
};

const STATUSES = Object.keys(WITHIN_SECONDS) as OverdueStatus[];

/** The last payment visited. The next round goes on behind it. */
interface Place {
  changedAt: string;
  reservationId: number;
}

const BEGINNING: Place = { changedAt: '1970-01-01 00:00:00.000000', reservationId: 0 };

type Places = Map<OverdueStatus, Place>;

/**
 * Asks the provider for payments and refunds that have been under way for long, e.g. because a callback was lost, and
 * for refunds that failed lately. Applies the ends that the provider reports. Resolves with the number of settled ones.
 * Sixteen are looked up at once and settled together. When one cannot be looked up, the others go on. After five
 * failures in a row, the other payments of that status are skipped.
 *
 * @throws Without `onError` the first failure, once the others were visited: `GATEWAY_UNAVAILABLE`, `PAYMENT_MISMATCH`,
 * failures of the database.
 * @example
 * const settled = await settleOverdue({ database: paymentDatabase, gateway, olderThanMs: 60_000 });
 */
export async function settleOverdue(options: SettleOverdueOptions): Promise<number> {
  const failures: unknown[] = [];
  const onError = options.onError ?? ((error: unknown) => failures.push(error));
  const settled = await settleRound({ ...options, onError }, new Map());
  if (failures.length > 0) throw failures[0];
  return settled;
}

/** Runs {@link settleOverdue} at intervals. Each round goes on behind the last one. */
export function keepSettling(options: SettleOverdueOptions & { everyMs?: number | undefined }): {
  stop(): Promise<void>;
} & AsyncDisposable {
  const { everyMs = 30_000 } = options;
  const places: Places = new Map();
  return keepDoing({
    everyMs,
    begin: 'wait',
    onError: options.onError,
    work: async (signal) => {
      const onError = (error: unknown): void => void (signal.aborted || options.onError?.(error));
      await settleRound({ ...options, signal, onError }, places);
    },
  });
}

interface Round extends SettleOverdueOptions {
  onError: (error: unknown) => void;
}

async function settleRound(round: Round, places: Places): Promise<number> {
  let settled = 0;
  for (const status of STATUSES) settled += await settleStatus(round, status, places);
  return settled;
}

/** When nothing is left behind the place, the next round begins from the start. */
async function settleStatus(round: Round, status: OverdueStatus, places: Places): Promise<number> {
  const { limit = 500, signal } = round;
  const overdue = await readOverdue(round, status, places.get(status) ?? BEGINNING);
  let settled = 0;
  let inARow = 0;
  for (let from = 0; from < overdue.length; from += ASKED_AT_ONCE) {
    if (signal?.aborted || inARow >= FAILURES_IN_A_ROW) return settled;
    const some = overdue.slice(from, from + ASKED_AT_ONCE);
    places.set(status, some.at(-1)!);
    const found = await Promise.all(some.map(({ reservationId }) => lookUp(round, { status, reservationId })));
    inARow = failuresInARow(found, inARow);
    settled += await settleFound(
      round,
      found.filter((each) => typeof each === 'object'),
    );
  }
  if (overdue.length < limit) places.delete(status);
  return settled;
}

/** Failures in a row behind the last success, or as many as end the look-ups. */
function failuresInARow(found: readonly unknown[], before: number): number {
  let inARow = before;
  for (const each of found) {
    if (inARow >= FAILURES_IN_A_ROW) break;
    inARow = each === 'failed' ? inARow + 1 : 0;
  }
  return inARow;
}

function readOverdue(
  { database, olderThanMs = 60_000, limit = 500, signal }: Round,
  status: OverdueStatus,
  { changedAt, reservationId }: Place,
): Promise<Place[]> {
  const values = [status, olderThanMs, WITHIN_SECONDS[status], changedAt, changedAt, reservationId, limit];
  return readAsWriter(database, (tx) => tx.query<Place>(SELECT, values), { signal });
}

/** The provider's report on a payment, or why there is none. */
async function lookUp(
  { gateway, signal, onError }: Round,
  { status, reservationId }: { status: OverdueStatus; reservationId: number },
): Promise<Report | 'undecided' | 'failed'> {
  try {
    const found = await gateway.find(reservationId, signal);
    return (found && reportOfLookUp(status, found)) ?? 'undecided';
  } catch (error) {
    onError(error);
    return 'failed';
  }
}

/** Settles together what was found. One that cannot be settled is told, and the others are settled. */
async function settleFound({ database, onError }: Round, reports: readonly Report[]): Promise<number> {
  let settled = 0;
  const settle = async (some: readonly Report[]): Promise<void> => {
    const results = await database.transaction((tx) => settlePayments(tx, some));
    results.forEach((result, place) => {
      if (result === 'settled') settled += 1;
      if (result === 'mismatch') onError(mismatchError(some[place]!.reservationId, 'looking it up'));
    });
  };
  await serveHalved(reports, settle, (_, error) => onError(error));
  return settled;
}
