import type { LoadExtent, LoadRecord } from '../../bench/load/load-tally.js';
import type { ProcessUse } from '../../bench/run-facts.js';
import type { ConnectOptions, TransactionOptions } from '../../database/index.js';
import type { CallLogRecord } from './call-log.js';
import type { WatchedTransactions } from '../server/transaction-watch.js';

/** A payment provider that takes its time. */
export interface SlowPayment {
  latencyMs: number;
  /** A call takes up to this much less or more. */
  jitterMs: number;
}

/** The ways of reserving that are measured. */
export type LoadWay =
  /** Through `createReservations`; `module`: the file that exports the strategy, null for one of tablepick's own. */
  | { kind: 'strategy'; strategy: string; module: string | null; redisUrl: string | null }
  /** The statements of `atomic`, typed by hand. */
  | { kind: 'by-hand-atomic' }
  /** Reserved and confirmed, with a payment in between: while the slot's row is locked, or between two transactions. */
  | ({ kind: 'payment-inside' | 'payment-outside' } & SlowPayment);

/** How requests come in. */
export interface LoadShape {
  /** Clients at once; in an open load, requests under way at most. 1 or more. */
  clients: number;
  extent: LoadExtent;
  /** Arrivals a second of an open load; null: a closed one. */
  ratePerSecond: number | null;
  /** Slots 1 to this number are asked for. */
  slots: number;
  /** Share of the requests that ask for slot 1; null: all slots alike. */
  hotShare: number | null;
}

/** What a measuring process is told. The slots are there already, one more than are asked for, to warm up on. */
export interface LoadJob {
  way: LoadWay;
  /** Its pool is as large as the scene asks. */
  connection: ConnectOptions;
  isolation: NonNullable<TransactionOptions['isolation']>;
  shape: LoadShape;
  /** 0, 1, …: processes at once use different members and keys. */
  process: number;
  /** Of arrivals and of which slot is asked for. */
  seed: number;
  warmupRequests: number;
}

/** What a measuring process found out. */
export interface LoadOutcome {
  load: LoadRecord;
  transactions: WatchedTransactions;
  client: ProcessUse;
  calls: CallLogRecord;
}
