import type { LatencyRecord } from '../../bench/load/latency-histogram.js';
import type { ProcessUse } from '../../bench/run-facts.js';
import type { ConnectOptions } from '../../database/index.js';
import type { KafkaAccess, TransportKind } from '../../messaging/index.js';
import type { WatchedTransactions } from '../server/transaction-watch.js';

/** A service's pool, for its requests and its relay, as `tablepick serve` has it. */
export const servicePoolSize = 32;

/** The measured ways to bring messages to a transport. */
export type RelayWay =
  /** Bare KafkaJS: one batch after the other, as fast as possible. */
  | { kind: 'producer' }
  /**
   * A relay that drains an outbox which is full at the start. When `workers` is undefined, the relay uses its default.
   */
  | { kind: 'relay'; batchRows: number; workers: number | undefined }
  /** Bare KafkaJS: one message a call, sent when it is due. */
  | { kind: 'paced-producer'; ratePerSecond: number }
  /**
   * One transaction a message, begun when the message is due, and a relay. When `wake` is false, a COMMIT does not wake
   * the relay: it looks every `pollMs`.
   */
  | { kind: 'paced-relay'; ratePerSecond: number; wake: boolean; pollMs: number | undefined };

/**
 * The input of a measuring process. The topics and tables exist already. When an outbox is to be drained, it is filled
 * before the process begins.
 */
export interface RelayJob {
  way: RelayWay;
  connection: ConnectOptions;
  carrier: TransportKind;
  /** Needed unless the carrier and the way work without brokers. */
  kafka?: KafkaAccess | undefined;
  topic: string;
  /** The topic of the warm-up messages. */
  warmupTopic: string;
  messages: number;
  warmupMessages: number;
  /** Messages in a request of the bare producer. */
  batchRows: number;
  /** Seed of the arrival times. */
  seed: number;
}

/** The result of a measuring process. */
export interface RelayOutcome {
  delivered: number;
  seconds: number;
  /** Empty when only the whole run was timed. */
  times: Record<string, LatencyRecord>;
  transactions: Omit<WatchedTransactions, 'lockHeld' | 'poolWait'>;
  client: ProcessUse;
}
