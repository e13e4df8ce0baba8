import type { Transport } from '../../messaging/index.js';
import type { GenerateEvent, GenerateResult, GenerateSlotsOptions, RunSettings } from '../generation.js';

/** Settings of `distributeRun`. `workers` is the number of connections of the verify. */
export interface DistributeOptions extends Omit<GenerateSlotsOptions, 'onEvent'> {
  transport: Transport;
  /** Default `slot-chunks`. When databases share a Kafka, each needs its own topic. */
  topic?: string | undefined;
  /** Follow the run until it is done. Default true. */
  wait?: boolean | undefined;
  /** Wait between two reads of the checkpoints, in milliseconds. Default 500. */
  pollMs?: number | undefined;
  /** Stops following. The workers go on with the run. */
  signal?: AbortSignal | undefined;
  onEvent?: ((event: DistributeEvent) => void) | undefined;
}

/**
 * An event of a distribution. `chunk-done` and `row-failed` are read from the database, for the chunks of all workers.
 * Their `worker` is always 0.
 */
export type DistributeEvent =
  | GenerateEvent
  | { kind: 'published'; runId: number; chunks: number; topic: string }
  /** The number of workers on the run, sent when it changes. When no worker has come for 3 seconds, it is 0. */
  | { kind: 'attended'; runId: number; workers: number };

/** How a distribution ended. */
export interface DistributeResult extends Omit<GenerateResult, 'state' | 'retries' | 'deadlocks' | 'workers'> {
  /** `published`: the call did not wait. `stopped`: by its signal; the workers go on. */
  state: 'finished' | 'stopped' | 'published';
  /** Chunks that this call published. */
  published: number;
  /** The highest number of workers on the run at once. */
  workers: number;
}

/** Settings of a worker. */
export interface SlotWorkerOptions extends Pick<RunSettings, 'database' | 'workers' | 'retry' | 'leaseMs'> {
  transport: Transport;
  /** Default `slot-chunks`. */
  topic?: string | undefined;
  /** When no chunk has come for this time, in milliseconds, the worker ends. Default never. */
  untilIdleMs?: number | undefined;
  /** Stops after the chunks in progress. */
  signal?: AbortSignal | undefined;
  onEvent?: ((event: SlotWorkerEvent) => void) | undefined;
}

/** An event of a worker. `worker` is the number of its connection, from 0. */
export type SlotWorkerEvent =
  | { kind: 'ready'; workers: number; topic: string; group: string }
  | { kind: 'chunk-started'; runId: number; worker: number; chunk: number; rows: number }
  | {
      kind: 'chunk-done';
      runId: number;
      worker: number;
      chunk: number;
      rows: number;
      inserted: number;
      existing: number;
      failed: number;
    }
  /** Another worker had done the chunk, or the run is finished. */
  | { kind: 'chunk-skipped'; runId: number; chunk: number }
  | { kind: 'retry'; runId: number; chunk: number; code: string; message: string; attempt: number; waitMs: number }
  | {
      kind: 'row-failed';
      runId: number;
      chunk: number;
      restaurantId: number;
      date: string;
      time: string;
      message: string;
    }
  /** The chunks of a run are refused from here on. Sent once for each reason. */
  | { kind: 'refused'; runId: number; code: string; message: string; hint: string | undefined }
  | { kind: 'run-finished'; runId: number }
  /** The database or the transport failed, or a message became a dead letter. */
  | { kind: 'failed'; error: unknown };

/** The counts of a worker. */
export interface SlotWorkerResult {
  chunks: number;
  /** Received chunks that were done before. */
  skipped: number;
  /** Received chunks that this worker may not do. */
  refused: number;
  inserted: number;
  existing: number;
  failed: number;
  retries: number;
  deadlocks: number;
}

/** A running worker. */
export interface SlotWorker extends AsyncDisposable {
  /** Takes no further chunk, waits for the chunks in progress and leaves the group. */
  stop(): Promise<void>;
  /** Resolves when the worker has stopped. Rejects when stopping failed. */
  ended: Promise<SlotWorkerResult>;
}
