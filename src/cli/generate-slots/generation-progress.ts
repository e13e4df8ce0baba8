import type { GenerateEvent, InsertStrategyName } from '../../slots/index.js';

/** The state of one worker. */
export interface WorkerProgress {
  /** Rows of its finished chunks. */
  rows: number;
  /** The chunk in flight; undefined between two chunks. */
  chunk: number | undefined;
}

/** The progress of a generation, computed from its events. */
export interface GenerationProgress {
  /** Undefined until the run is started or resumed. */
  runId: number | undefined;
  strategy: InsertStrategyName | undefined;
  reason: string;
  planned: number;
  chunks: number;
  chunksDone: number;
  /** Rows done in all sessions of the run. */
  rowsDone: number;
  /** The part of them from earlier sessions. */
  rowsBefore: number;
  failed: number;
  retries: number;
  workers: WorkerProgress[];
  /** Rows the proof has checked, undefined until it begins. */
  rowsChecked: number | undefined;
  /** The time at which the first chunk could start, in milliseconds of the caller's clock. */
  startedMs: number;
}

/** Speed and remaining time, from the rows of this session alone. */
export interface Pace {
  rowsPerSecond: number;
  /** Infinity while nothing is done. */
  etaSeconds: number;
}

/** Progress before the first event. */
export function emptyProgress(): GenerationProgress {
  return {
    runId: undefined,
    strategy: undefined,
    reason: '',
    planned: 0,
    chunks: 0,
    chunksDone: 0,
    rowsDone: 0,
    rowsBefore: 0,
    failed: 0,
    retries: 0,
    workers: [],
    rowsChecked: undefined,
    startedMs: 0,
  };
}

/** Applies one event to `progress`, in place. */
export function applyEvent(progress: GenerationProgress, event: GenerateEvent, nowMs: number): void {
  switch (event.kind) {
    case 'strategy':
      progress.strategy = event.strategy;
      progress.reason = event.reason;
      progress.workers = Array.from({ length: event.workers }, () => ({ rows: 0, chunk: undefined }));
      break;
    case 'started':
      Object.assign(progress, { runId: event.runId, planned: event.planned, chunks: event.chunks, startedMs: nowMs });
      break;
    case 'resumed':
      Object.assign(progress, { runId: event.runId, planned: event.planned, chunks: event.chunks, startedMs: nowMs });
      Object.assign(progress, { chunksDone: event.chunksDone, rowsDone: event.rowsDone, rowsBefore: event.rowsDone });
      break;
    case 'chunk-started':
      workerOf(progress, event.worker).chunk = event.chunk;
      break;
    case 'chunk-done':
      finishChunk(progress, event.worker, event.rows);
      break;
    case 'retry':
      progress.retries += 1;
      break;
    case 'row-failed':
      progress.failed += 1;
      break;
    case 'verifying':
      progress.rowsChecked = event.rowsChecked;
      break;
    case 'verified':
      progress.rowsChecked = event.report.planned;
  }
}

function finishChunk(progress: GenerationProgress, workerIndex: number, rows: number): void {
  const worker = workerOf(progress, workerIndex);
  worker.chunk = undefined;
  worker.rows += rows;
  progress.rowsDone += rows;
  progress.chunksDone += 1;
}

function workerOf(progress: GenerationProgress, index: number): WorkerProgress {
  return (progress.workers[index] ??= { rows: 0, chunk: undefined });
}

/** Chunks that workers have in flight. */
export function chunksInFlight(progress: GenerationProgress): number {
  return progress.workers.filter((worker) => worker.chunk !== undefined).length;
}

/** Speed and remaining time at `nowMs`. */
export function paceOf(progress: GenerationProgress, nowMs: number): Pace {
  const elapsedSeconds = Math.max(nowMs - progress.startedMs, 1) / 1000;
  const rowsPerSecond = (progress.rowsDone - progress.rowsBefore) / elapsedSeconds;
  const remaining = progress.planned - progress.rowsDone;
  return { rowsPerSecond, etaSeconds: remaining === 0 ? 0 : remaining / rowsPerSecond };
}
