import type { ConsumerOptions } from './consumer.js';
import type { RetryPolicy } from './handler.js';
import type { PartitionBatch, Received } from '../transport.js';

/** A message on its way through a consumer. */
export interface Delivery {
  received: Received;
  batch: PartitionBatch;
  /** It was handled, or is a dead letter, since before it was taken. */
  isSettled: boolean;
  takenAtMs: number;
  /** Of this delivery. */
  failures: number;
  firstFailureAt: Date | undefined;
}

/** What deliveries are handled with. */
export interface ConsumerSettings extends ConsumerOptions {
  retry: RetryPolicy;
  signal: AbortSignal;
}

/** A message that came without an id is named by its place. */
export function idOf({ topic, headers, partition, offset }: Received): string {
  return headers.id || `${topic}:${partition}:${offset}`.slice(-64);
}
