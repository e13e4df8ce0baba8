import type { Database } from '../../database/index.js';

/** Settings of {@link runBatch}. */
export interface RunBatchOptions {
  /** Where the inbox is: the service's own database. */
  database: Database;
  group: string;
  /** Fires when the handler is to end soon. */
  signal?: AbortSignal | undefined;
}

/** Settings of {@link runHandler}. */
export interface RunHandlerOptions extends RunBatchOptions {
  /** The number of this try. Default 1. */
  attempt?: number | undefined;
  /** Whether a failure now makes the message a dead letter. Default false. */
  isLastAttempt?: boolean | undefined;
}
