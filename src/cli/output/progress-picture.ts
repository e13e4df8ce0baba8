import { formatCount, formatPercent, formatSeconds } from './format.js';
import { type GenerationProgress, type WorkerProgress, paceOf } from '../generate-slots/generation-progress.js';

/** One bar: the part that is done, and words beside it. */
export interface ProgressBar {
  label: string;
  done: number;
  total: number;
  detail: string;
}

/** The content of a progress display at one moment: the whole first, then its parts. */
export type ProgressPicture = readonly [whole: ProgressBar, ...parts: ProgressBar[]];

/** The picture of a generation at `nowMs`; undefined until its plan is known. */
export function drawGeneration(progress: GenerationProgress, nowMs: number): ProgressPicture | undefined {
  if (progress.runId === undefined) return undefined;
  if (progress.rowsChecked !== undefined) return [drawChecking(progress.rowsChecked, progress.planned)];
  const share = Math.ceil((progress.planned - progress.rowsBefore) / Math.max(progress.workers.length, 1));
  return [drawInserting(progress, nowMs), ...progress.workers.map((worker, i) => drawWorker(worker, i, share))];
}

/** The bar of a running proof. */
export function drawChecking(rowsChecked: number, planned: number): ProgressBar {
  const detail = `${formatCount(rowsChecked)} of ${formatCount(planned)} rows`;
  return { label: 'verifying', done: rowsChecked, total: planned, detail };
}

function drawInserting(progress: GenerationProgress, nowMs: number): ProgressBar {
  const { rowsPerSecond, etaSeconds } = paceOf(progress, nowMs);
  const details = [
    `${formatCount(progress.rowsDone)} of ${formatCount(progress.planned)} rows`,
    `${formatCount(rowsPerSecond)} rows/s`,
    `ETA ${formatSeconds(etaSeconds)}`,
    `${formatCount(progress.retries)} retries`,
    ...(progress.failed > 0 ? [`${formatCount(progress.failed)} failed`] : []),
  ];
  return { label: 'inserting', done: progress.rowsDone, total: progress.planned, detail: details.join('  ') };
}

function drawWorker(worker: WorkerProgress, index: number, share: number): ProgressBar {
  const doing = worker.chunk === undefined ? '' : `  chunk ${worker.chunk}`;
  const detail = `${formatCount(worker.rows)} rows${doing}`;
  return { label: `worker ${index + 1}`, done: worker.rows, total: Math.max(share, worker.rows), detail };
}

/** The bar's share in percent with one digit. It is never 100.0 before the end. */
export function percentOf(bar: ProgressBar): string {
  return formatPercent(bar.done, bar.total);
}
