import type { BatchHandler } from './batch-handler.js';
import type { ConsumerOptions } from './consumer.js';
import type { RetryPolicy } from './handler.js';
import type { LookUps } from './look-ups.js';
import type { Message } from '../envelope/message.js';
import type { PartitionAssignment, Received } from '../transport.js';

/** A message on its way through a consumer. */
export interface Delivery {
  received: Received;
  assignment: PartitionAssignment;
  /** It is already handled or a dead letter. */
  isSettled: boolean;
  takenAtMs: number;
  /** Failures of this delivery alone. */
  failures: number;
  firstFailureAt: Date | undefined;
  /** Set when it can be handled in a batch. */
  batch?: { message: Message; handler: BatchHandler } | undefined;
  /** It has failed in a batch. */
  runsAlone?: boolean | undefined;
  /** Set when the handler has prepared it. */
  prepared?: { value: unknown } | undefined;
}

/** Settings with which deliveries are handled. */
export interface ConsumerSettings extends ConsumerOptions {
  retry: RetryPolicy;
  signal: AbortSignal;
  lookUps: LookUps;
}

/** The id of a message. When it has none, its place in the topic is its id. */
export function idOf({ topic, headers, partition, offset }: Received): string {
  return headers.id || `${topic}:${partition}:${offset}`.slice(-64);
}
