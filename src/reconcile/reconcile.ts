import type { Database } from '../database/index.js';
import { requireFit } from '../database/fit/require-fit.js';
import { checkInteger } from '../check-option.js';
import { TablepickError } from '../errors.js';
import type { RelayedBy } from '../messaging/index.js';
import { RELAY_TABLES } from '../messaging/messaging-tables.js';
import type { PaymentGateway, Pricing } from '../payments/index.js';
import { PAYMENT_TABLES } from '../payments/payment-tables.js';
import type { Reservations } from '../reservations/index.js';
import { SAGA_TABLES } from '../saga/saga-tables.js';
import { checkQueues } from './facts/check-queues.js';
import { comparePayments } from './facts/compare-payments.js';
import { GuardedGateway } from './repair/guarded-gateway.js';
import { Mismatches } from './facts/mismatches.js';
import { lookAtSlots, reconcileSlots } from './repair/repair-counts.js';
import type { ReconcileFinding, ReconcileResult } from './reconcile-result.js';
import type { ReconcileContext } from './repair/repair.js';
import { Tally } from './tally.js';
import { REPAIRED_AT_ONCE, repairDisagreements } from './repair/repair-disagreements.js';
import { MoneyCount, readLastId, walkBoth } from './facts/walk-both.js';

/** How far a reconciliation has come. */
export interface ReconcileProgress {
  reservations: number;
  payments: number;
  /** Ids up to this one were compared. At the beginning, there were ids up to `lastId`. */
  upToId: number;
  lastId: number;
}

/** Settings of {@link reconcile}. */
export interface ReconcileOptions {
  reservationDatabase: Database;
  paymentDatabase: Database;
  /** Created with `recordChanges: recordSaga()`. */
  reservations: Pick<Reservations, 'changeAll' | 'expire'>;
  /**
   * Without it, disagreements that need the provider are left. Without `fix`, the provider is asked too, but only by
   * `find`.
   */
  gateway?: PaymentGateway | undefined;
  /** Younger changes may be under way and do not count. Default a minute. */
  olderThanMs?: number | undefined;
  /** Repairs what can be repaired. Without it nothing is written. Default false. */
  fix?: boolean | undefined;
  /** Keys listed of each class; all are counted. Default 20. */
  limit?: number | undefined;
  /** Most repairs, and most calls of the provider, at once. Default 8. The checks need two more connections. */
  gatewayConcurrency?: number | undefined;
  /**
   * As `pricing` of `recordSaga`. It gives the price when the outbox does not have the request for payment any more.
   * Without it, such a reservation is left.
   */
  pricing?: Pricing | undefined;
  /**
   * For how many PAID payments the provider is asked whether it has their money, the latest first. 0: none. Default
   * 1000. Each is a call.
   */
  comparePaid?: number | undefined;
  /**
   * With `debezium`, no message counts as old, because the outboxes do not show which messages it has sent. Default
   * `tablepick`.
   */
  relayedBy?: RelayedBy | undefined;
  signal?: AbortSignal | undefined;
  /** Called after each range of ids. */
  onProgress?: ((progress: ReconcileProgress) => void) | undefined;
  /**
   * Called for each finding, one after another or several at once. Its promise is awaited. For classes about slots
   * except `count-differs`, it gets at most 10,000 findings.
   */
  onFinding?: ((finding: ReconcileFinding) => void | Promise<void>) | undefined;
}

/** Most violations of each kind that are listed for `onFinding`. */
const MOST_VIOLATIONS = 10_000;

/** Default of `comparePaid`. */
const MOST_COMPARED = 1000;

/**
 * Says whether money and seats agree right now. With `fix`, it repairs disagreements by the same transitions as the
 * saga's messages. Beside live traffic it raises no false alarm, because each possible disagreement is looked at again,
 * and young changes do not count. Any number may run at once, and each repair is done once. When a disagreement cannot
 * be repaired, it is left, and the rest goes on. Neither service reads the other's tables. Both are walked in the order
 * of ids, so the memory does not grow with them, except for the ids of slots with a wrong count.
 *
 * @throws `BAD_OPTION`; `TABLE_UNFIT`; `ABORTED` when the signal fires; the failures of the databases while they are
 * walked.
 * @example
 * const { ok, classes } = await reconcile({ reservationDatabase: database, paymentDatabase, reservations, fix: true });
 */
export async function reconcile(options: ReconcileOptions): Promise<ReconcileResult> {
  checkOptions(options);
  await requireFit(options.reservationDatabase, { tables: [...SAGA_TABLES, ...RELAY_TABLES] });
  await requireFit(options.paymentDatabase, { tables: [...PAYMENT_TABLES, ...RELAY_TABLES] });
  const began = performance.now();
  const { limit = 20, onFinding = () => {} } = options;
  const context = contextOf(options, new Tally(limit, onFinding));
  const most = options.onFinding === undefined ? limit : MOST_VIOLATIONS;
  const [count, slots] = await bothOrNeither(
    (signal) => reconcileAll({ ...context, signal }, options),
    (signal) => lookAtSlots({ ...context, signal }, most),
    options.signal,
  );
  await reconcileSlots(context, slots, most);
  const compared = await comparePayments(context, options.comparePaid ?? MOST_COMPARED);
  await checkQueues(context);
  const classes = context.tally.classes();
  const ok = classes.every(({ left }) => left === 0);
  const checked = { ...count.checked, compared };
  return { ok, classes, checked, money: count.money, ms: Math.round(performance.now() - began) };
}

/** Runs two works at once. When one fails, the other is stopped. */
async function bothOrNeither<One, Other>(
  one: (signal: AbortSignal) => Promise<One>,
  other: (signal: AbortSignal) => Promise<Other>,
  signal: AbortSignal | undefined,
): Promise<[One, Other]> {
  const failing = new AbortController();
  const either = signal === undefined ? failing.signal : AbortSignal.any([signal, failing.signal]);
  const stopOther = (error: unknown): never => {
    failing.abort(error);
    throw error;
  };
  const works = [one(either).catch(stopOther), other(either).catch(stopOther)] as const;
  await Promise.allSettled(works);
  if (failing.signal.aborted) throw failing.signal.reason;
  return Promise.all(works);
}

async function reconcileAll(context: ReconcileContext, { onProgress }: ReconcileOptions): Promise<MoneyCount> {
  const { signal } = context;
  const count = new MoneyCount();
  const lastId = onProgress === undefined ? 0 : await readLastId(context);
  const disagreeing: number[] = [];
  for await (const range of walkBoth(context)) {
    if (signal?.aborted) throw new TablepickError('ABORTED', 'stopped while comparing money and seats');
    count.add(range);
    disagreeing.push(...range.disagreeing);
    const isLast = range.upToId === undefined;
    if (isLast || disagreeing.length >= REPAIRED_AT_ONCE) await repairDisagreements(context, disagreeing.splice(0));
    onProgress?.({ ...count.checked, upToId: Math.min(range.upToId ?? lastId, lastId), lastId });
  }
  return count;
}

function contextOf(options: ReconcileOptions, tally: Tally): ReconcileContext {
  const { reservationDatabase, paymentDatabase, reservations, signal, fix = false } = options;
  const { olderThanMs = 60_000, gatewayConcurrency: concurrency = 8, pricing, relayedBy = 'tablepick' } = options;
  const guardedGateway = new GuardedGateway(options.gateway, signal);
  return {
    reservationDatabase,
    paymentDatabase,
    reservations,
    guardedGateway,
    tally,
    pricing,
    mismatches: new Mismatches(tally),
    olderThanMs,
    fix,
    concurrency,
    signal,
    relayedBy,
  };
}

function checkOptions(options: ReconcileOptions): void {
  const { olderThanMs = 60_000, limit = 20, gatewayConcurrency = 8, comparePaid = 0 } = options;
  checkInteger('olderThanMs', olderThanMs, { min: 0 });
  checkInteger('limit', limit, { min: 0 });
  checkInteger('comparePaid', comparePaid, { min: 0 });
  checkInteger('gatewayConcurrency', gatewayConcurrency, { min: 1 });
}
