import type { Database } from '../../database/index.js';
import type { TablepickError } from '../../errors.js';
import type { AnyHandler } from './batch-handler.js';
import type { RetryPolicy } from './handler.js';
import type { Transport } from '../transport.js';

/** Events that a consumer reports. */
export type ConsumerEvent =
  | { kind: 'handled'; type: string; id: string; key: string; handler: string; ms: number }
  /** The message was handled before, or it is a dead letter, or the group ignores its type. */
  | { kind: 'skipped'; type: string; id: string; key: string; why: 'duplicate' | 'not-handled' | 'dead' }
  | { kind: 'retrying'; type: string; id: string; key: string; attempt: number; waitMs: number; error: unknown }
  | { kind: 'dead'; type: string; id: string; key: string; attempts: number; error: TablepickError | Error }
  /** The database or the transport failed. The work is tried again, and the try is not counted. */
  | { kind: 'failed'; error: unknown }
  /** Messages wait but none came. The subscription is opened again. */
  | { kind: 'stalled'; lag: number };

/** Settings of {@link startConsumer}. */
export interface ConsumerOptions {
  /** The service's own database, with its inbox and its dead letters. */
  database: Database;
  transport: Transport;
  group: string;
  topics: readonly string[];
  /** Handlers by type of message. */
  handlers: Readonly<Record<string, AnyHandler>>;
  /** Types that this group skips. When a type is neither here nor handled, its message is a dead letter. */
  ignored?: readonly string[] | undefined;
  /** Default {@link blockingRetry}. */
  retry?: RetryPolicy | undefined;
  /**
   * Most messages and batches that are handled at once, each of other keys. Default 16. It should be less than the pool
   * of `database`.
   */
  concurrency?: number | undefined;
  /** Most messages of a batch, for handlers that take many at once. Default 500. */
  mostPerBatch?: number | undefined;
  /** Most messages that such handlers prepare at once, each of another key. Default 64. */
  prepareConcurrency?: number | undefined;
  /** Most messages of a partition that are taken and not done. Default 1000. */
  maxInFlight?: number | undefined;
  /** When no message comes for this time, the transport is asked whether messages wait. Default 30000. */
  watchdogMs?: number | undefined;
  onEvent?: ((event: ConsumerEvent) => void) | undefined;
}

/** A consumer at work. */
export interface Consumer extends AsyncDisposable {
  /** Takes no more messages, waits for those being handled, and leaves the group. */
  stop(): Promise<void>;
}

/** The topic of a group's retries. */
export function retryTopicOf(group: string): string {
  return `${group}.retry`;
}
