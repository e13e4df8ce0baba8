import type { LoadExtent, LoadRecord } from '../../bench/load/load-tally.js';
import type { ProcessUse } from '../../bench/run-facts.js';
import type { ConnectOptions, TransactionOptions } from '../../database/index.js';
import type { CallLogRecord } from './call-log.js';
import type { WatchedTransactions } from '../server/transaction-watch.js';

/** A slow payment provider. */
export interface SlowPayment {
  latencyMs: number;
  /** A call takes up to this much less or more. */
  jitterMs: number;
}

/** The ways of reserving that are measured. */
export type LoadWay =
  /**
   * Through `createReservations`. `module` is the file that exports the strategy; null for a strategy of tablepick.
   * With `recordsSaga`, `recordSaga()` writes a message for each reservation.
   */
  | { kind: 'strategy'; strategy: string; module: string | null; redisUrl: string | null; recordsSaga: boolean }
  /** The statements of `atomic`, typed by hand. */
  | { kind: 'by-hand-atomic' }
  /** Reserves and confirms, with a payment between: while the slot's row is locked, or between two transactions. */
  | ({ kind: 'payment-inside' | 'payment-outside' } & SlowPayment);

/** How requests come in. */
export interface LoadShape {
  /** Clients at once, 1 or more. In an open load: most requests under way. */
  clients: number;
  extent: LoadExtent;
  /** Arrivals a second of an open load; null: a closed one. */
  ratePerSecond: number | null;
  /** The requests ask for slots 1 to this number. */
  slots: number;
  /** Share of the requests that ask for slot 1; null: all slots alike. */
  hotShare: number | null;
}

/** The input of a measuring process. The slots exist already, with one more for the warm-up. */
export interface LoadJob {
  way: LoadWay;
  /** Its pool has the size that the scene asks for. */
  connection: ConnectOptions;
  isolation: NonNullable<TransactionOptions['isolation']>;
  shape: LoadShape;
  /** Number of this process, from 0. Processes that run at once use different members and keys. */
  process: number;
  /** Seed of the arrivals and of the slots. */
  seed: number;
  warmupRequests: number;
}

/** The result of a measuring process. */
export interface LoadOutcome {
  load: LoadRecord;
  transactions: WatchedTransactions;
  client: ProcessUse;
  calls: CallLogRecord;
}
