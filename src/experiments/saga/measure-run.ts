import { measureProcess } from '../../bench/measure-process.js';
import type { TransactionWatch } from '../server/transaction-watch.js';
import { Backlog } from './backlog.js';
import type { SagaRunJob, SagaRunOutcome } from './saga-job.js';

/** Reservations to be made and settled. */
export interface SagaExtent {
  /** The number of the first guest. */
  first: number;
  reservations: number;
  /** Null: as fast as possible. */
  ratePerSecond: number | null;
  /** By `performance.now()`. */
  beginMs: number;
  backlog: Backlog;
}

/** What a run has measured by itself. */
export type MeasuredRun = Pick<SagaRunOutcome, 'seconds' | 'times'>;

/** Makes reservations, and resolves when the last one is confirmed. */
export type RunSagas = (extent: SagaExtent) => Promise<MeasuredRun>;

/** Runs the warm-up, waits for the order to begin, and measures the run with what this process used. */
export async function measureRun(
  { job, watch, run }: { job: SagaRunJob; watch: TransactionWatch; run: RunSagas },
  begin: () => Promise<number>,
): Promise<Omit<SagaRunOutcome, 'ledger'>> {
  const { warmupReservations, reservations, ratePerSecond } = job;
  const warmupMs = performance.now();
  const unread = new Backlog(warmupMs);
  try {
    const warmup = { first: 1, reservations: warmupReservations, ratePerSecond: null };
    await run({ ...warmup, beginMs: warmupMs, backlog: unread });
  } finally {
    unread.stop();
  }
  const beginMs = await begin();
  watch.restart();
  const meter = measureProcess();
  const backlog = new Backlog(beginMs);
  try {
    const first = warmupReservations + 1;
    const measured = await run({ first, reservations, ratePerSecond, beginMs, backlog });
    const { begun, rolledBack, deadlocked } = watch.toRecord();
    const transactions = { begun, rolledBack, deadlocked };
    const client = { ...meter.read(), rssSamples: [] };
    return { ...measured, confirmed: reservations, client, transactions, backlog: backlog.stop() };
  } finally {
    meter.stop();
    backlog.stop();
  }
}
