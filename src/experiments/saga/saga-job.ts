import type { LatencyRecord } from '../../bench/load/latency-histogram.js';
import type { BacklogSample } from '../../bench/load/load-result.js';
import type { ProcessUse } from '../../bench/run-facts.js';
import type { ConnectOptions } from '../../database/index.js';
import type { KafkaAccess, TransportKind } from '../../messaging/index.js';
import type { WatchedTransactions } from '../server/transaction-watch.js';

/**
 * The ways that are compared: the services as they are; the same with one message a transaction; the same rows written
 * by hand, without services.
 */
export const sagaWays = ['batches', 'one-by-one', 'by-hand'] as const;

/** A way of {@link sagaWays}. */
export type SagaWay = (typeof sagaWays)[number];

/** The input of a measuring process of the saga. The tables of both services and the slots exist already. */
export interface SagaRunJob {
  way: SagaWay;
  connection: ConnectOptions;
  /** The payment service's database. */
  paymentConnection: ConnectOptions;
  /** The transport. Not used by hand. */
  carrier: TransportKind;
  /** Needed unless the carrier works without brokers. */
  kafka?: KafkaAccess | undefined;
  /** Prefix of the names of topics and groups. */
  prefix: string;
  reservations: number;
  /** Reservations of the warm-up, before the clock starts. */
  warmupReservations: number;
  /** The guests ask for slots 1 to this number, in turn. */
  slots: number;
  /** Guests who reserve at the same time. Each sends one request after the other. */
  clients: number;
  /** Arrivals a second of an open load; null: a closed load of `clients`. */
  ratePerSecond: number | null;
  /** Seed of the arrival times. */
  seed: number;
}

/** The result of a measuring process of the saga. */
export interface SagaRunOutcome {
  confirmed: number;
  seconds: number;
  times: Record<string, LatencyRecord>;
  transactions: Omit<WatchedTransactions, 'lockHeld' | 'poolWait'>;
  client: ProcessUse;
  /** Reservations made and not confirmed, over time. */
  backlog: BacklogSample[];
  /**
   * The provider's book: how many reservations were charged once and not refunded, and how many were not. Null when no
   * provider was asked.
   */
  ledger: { chargedOnce: number; otherwise: number } | null;
}
