import type { LatencyRecord } from '../../bench/load/latency-histogram.js';
import type { ProcessUse } from '../../bench/run-facts.js';
import type { ConnectOptions } from '../../database/index.js';
import type { KafkaAccess } from '../../messaging/index.js';
import type { WatchedTransactions } from '../server/transaction-watch.js';

/** What a measuring process of the saga is told. Tables of both services and the slots are there already. */
export interface SagaRunJob {
  connection: ConnectOptions;
  /** The payment service's own. */
  paymentConnection: ConnectOptions;
  /** Null: the database carries messages. */
  kafka: KafkaAccess | null;
  /** Begins the names of topics and groups. */
  prefix: string;
  reservations: number;
  /** Reservations that only warm up, before the clock starts. */
  warmupReservations: number;
  /** Slots 1 to this number are asked for, one after the other. */
  slots: number;
  /** Guests who reserve at once, each one after the other. */
  clients: number;
  /** Guests who come a second, instead. */
  ratePerSecond: number | null;
  /** Of arrivals. */
  seed: number;
}

/** What a measuring process of the saga found out. */
export interface SagaRunOutcome {
  confirmed: number;
  seconds: number;
  times: Record<string, LatencyRecord>;
  transactions: Omit<WatchedTransactions, 'lockHeld' | 'poolWait'>;
  client: ProcessUse;
  /** The provider's book: reservations that were charged once and nothing was given back, and all others. */
  ledger: { chargedOnce: number; otherwise: number };
}
