import type { Transport } from '../../messaging/index.js';
import type { GenerateEvent, GenerateResult, GenerateSlotsOptions, RunSettings } from '../generation.js';

/** What is to be handed out to workers, and how. `workers` are the connections of the proof. */
export interface DistributeOptions extends Omit<GenerateSlotsOptions, 'onEvent'> {
  transport: Transport;
  /** Default `slot-chunks`. Databases that share a Kafka need one each. */
  topic?: string | undefined;
  /** Follow the run until it is done. Default true. */
  wait?: boolean | undefined;
  /** Wait between two looks at the checkpoints, in milliseconds. Default 500. */
  pollMs?: number | undefined;
  /** Stops following; the run goes on at its workers. */
  signal?: AbortSignal | undefined;
  onEvent?: ((event: DistributeEvent) => void) | undefined;
}

/**
 * What a distribution tells: `chunk-done` and `row-failed` as they are seen in the database, whoever did them; the
 * worker is always 0.
 */
export type DistributeEvent =
  | GenerateEvent
  | { kind: 'published'; runId: number; chunks: number; topic: string }
  /** How many workers are at the run; told when it changes, and 0 once nobody has come for some seconds. */
  | { kind: 'attended'; runId: number; workers: number };

/** How a distribution ended. */
export interface DistributeResult extends Omit<GenerateResult, 'state' | 'retries' | 'deadlocks' | 'workers'> {
  /** `published`: nobody waited. `stopped` by its signal: the workers go on. */
  state: 'finished' | 'stopped' | 'published';
  /** Chunks that this call published. */
  published: number;
  /** Most workers that were seen at the run at once. */
  workers: number;
}

/** How a worker works. */
export interface SlotWorkerOptions extends Pick<RunSettings, 'database' | 'workers' | 'retry' | 'leaseMs'> {
  transport: Transport;
  /** Default `slot-chunks`. */
  topic?: string | undefined;
  /** Ends when nothing came for so long, in milliseconds. Default never. */
  untilIdleMs?: number | undefined;
  /** Stops after the chunks in flight. */
  signal?: AbortSignal | undefined;
  onEvent?: ((event: SlotWorkerEvent) => void) | undefined;
}

/** What a worker tells. `worker` is one of its connections, from 0. */
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
  /** Somebody else had done it, or the run is finished. */
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
  /** The chunks of a run are skipped from here on; told once for each reason. */
  | { kind: 'refused'; runId: number; code: string; message: string; hint: string | undefined }
  | { kind: 'run-finished'; runId: number }
  /** The database or the transport is in the way; it is tried again. */
  | { kind: 'failed'; error: unknown };

/** What a worker has done. */
export interface SlotWorkerResult {
  chunks: number;
  /** Chunks that came and were done already. */
  skipped: number;
  /** Chunks that came and were not this worker's to do. */
  refused: number;
  inserted: number;
  existing: number;
  failed: number;
  retries: number;
  deadlocks: number;
}

/** A worker at work. */
export interface SlotWorker {
  /** Takes no more, lets the chunks in flight end and leaves the group. */
  stop(): Promise<void>;
  /** Resolves when it has stopped, for whatever reason. */
  ended: Promise<SlotWorkerResult>;
}
