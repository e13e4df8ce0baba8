import type { LatencyRecord } from '../../bench/load/latency-histogram.js';
import type { ProcessUse } from '../../bench/run-facts.js';
import type { ConnectOptions } from '../../database/index.js';
import type { KafkaAccess } from '../../messaging/index.js';
import type { WatchedTransactions } from '../server/transaction-watch.js';

/** A service's pool, for its requests and its relay, as `tablepick serve` has it. */
export const servicePoolSize = 32;

/** The ways of bringing messages to a transport that are measured. */
export type RelayWay =
  /** Bare KafkaJS, one batch after the other, as fast as it goes. */
  | { kind: 'producer' }
  /** A relay that drains an outbox that is full when it starts; undefined: as shipped. */
  | { kind: 'relay'; batchRows: number; workers: number | undefined }
  /** Bare KafkaJS, one message a call, when it is due. */
  | { kind: 'paced-producer'; ratePerSecond: number }
  /**
   * One transaction a message, when it is due, and a relay. `wake` false: it is not told of a COMMIT, and looks every
   * `pollMs`.
   */
  | { kind: 'paced-relay'; ratePerSecond: number; wake: boolean; pollMs: number | undefined };

/**
 * What a measuring process is told. Topics and tables are there already; an outbox to be drained is filled before it
 * begins.
 */
export interface RelayJob {
  way: RelayWay;
  connection: ConnectOptions;
  /** Null: the database carries messages. */
  kafka: KafkaAccess | null;
  topic: string;
  /** Where messages go that only warm up. */
  warmupTopic: string;
  messages: number;
  warmupMessages: number;
  /** Messages of a request of the bare producer. */
  batchRows: number;
  /** Of arrivals. */
  seed: number;
}

/** What a measuring process found out. */
export interface RelayOutcome {
  delivered: number;
  seconds: number;
  /** Empty when nothing was timed but the whole. */
  times: Record<string, LatencyRecord>;
  transactions: Omit<WatchedTransactions, 'lockHeld' | 'poolWait'>;
  client: ProcessUse;
}
