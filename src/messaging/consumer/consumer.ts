import type { Database } from '../../database/index.js';
import type { TablepickError } from '../../errors.js';
import type { MessageHandler, RetryPolicy } from './handler.js';
import type { Transport } from '../transport.js';

/** What a consumer tells while it works. */
export type ConsumerEvent =
  | { kind: 'handled'; type: string; id: string; key: string; handler: string; ms: number }
  /** It had been handled before, or is nothing for this group. */
  | { kind: 'skipped'; type: string; id: string; key: string; why: 'duplicate' | 'not-handled' | 'dead' }
  | { kind: 'retrying'; type: string; id: string; key: string; attempt: number; waitMs: number; error: unknown }
  | { kind: 'dead'; type: string; id: string; key: string; attempts: number; error: TablepickError | Error }
  /** What stands in the way of all messages: the database or the transport. It is tried again without counting. */
  | { kind: 'failed'; error: unknown }
  /** Messages waited and none came: the subscription was opened anew. */
  | { kind: 'stalled'; lag: number };

/** Settings of {@link startConsumer}. */
export interface ConsumerOptions {
  /** Where inbox and dead letters are: the service's own. */
  database: Database;
  transport: Transport;
  group: string;
  topics: readonly string[];
  /** By type of message. */
  handlers: Readonly<Record<string, MessageHandler>>;
  /**
   * Types that are known and none of this group's business; a type that is neither here nor handled is a dead letter.
   */
  ignored?: readonly string[] | undefined;
  /** Default {@link blockingRetry}. */
  retry?: RetryPolicy | undefined;
  /**
   * Most messages that are handled at once, each of another key. Default 16; should be less than the pool of
   * `database`.
   */
  concurrency?: number | undefined;
  /** Most messages of a partition that are taken and not done. Default 1000. */
  maxInFlight?: number | undefined;
  /** Time without a message after which the transport is asked whether there are any. Default 30000. */
  watchdogMs?: number | undefined;
  onEvent?: ((event: ConsumerEvent) => void) | undefined;
}

/** A consumer at work. */
export interface Consumer {
  /** Takes no more, waits for what is being handled, and leaves the group. */
  stop(): Promise<void>;
}

/** The topic to which a group publishes what it tries again later. */
export function retryTopicOf(group: string): string {
  return `${group}.retry`;
}
