import type { GenerateEvent, GenerateResult, VerifyReport } from '../../slots/index.js';
import type { CommandContext } from '../command.js';
import { describeGeneration, generationFields } from './describe-generation.js';
import { exitCodes } from '../exit-codes.js';
import { formatCount, formatPercent, formatQuantity, formatSeconds } from '../output/format.js';
import { type GenerationProgress, applyEvent, chunksInFlight, emptyProgress } from './generation-progress.js';
import type { Output } from '../output/output.js';
import { drawGeneration } from '../output/progress-picture.js';
import { withProgress } from '../output/show-progress.js';

const FAILED_ROWS_TOLD_AT_MOST = 20;

/** The library's options to watch and to stop a generation. */
export interface GenerationHooks {
  signal: AbortSignal;
  onEvent: (event: GenerateEvent) => void;
}

/** Runs a generation with progress, prints its result and resolves with the exit code. */
export async function runGeneration(
  context: CommandContext,
  generate: (hooks: GenerationHooks) => Promise<GenerateResult>,
): Promise<number> {
  const progress = emptyProgress();
  let report: VerifyReport | undefined;
  const onEvent = (event: GenerateEvent): void => {
    applyEvent(progress, event, performance.now());
    if (event.kind === 'verified') report = event.report;
    noteEvent(context.output, event, progress);
  };
  context.stop.describe(() => describeStop(progress));
  const draw = () => drawGeneration(progress, performance.now());
  const result = await withProgress(context, draw, () => generate({ signal: context.stop.signal, onEvent }));
  context.output.result(generationFields(result, report), () => describeGeneration(result, progress.reason, report));
  return exitCodeOf(context, result, report);
}

function noteEvent(output: Output, event: GenerateEvent, progress: GenerationProgress): void {
  const line = describeEvent(event, progress);
  if (line !== undefined) output.note(line);
}

/** An event as a line for people; undefined when the progress shows it. */
export function describeEvent(event: GenerateEvent, progress: GenerationProgress): string | undefined {
  switch (event.kind) {
    case 'strategy':
      return `strategy ${event.strategy} (${event.reason}), ${formatQuantity(event.workers, 'worker')}`;
    case 'started':
      return `run ${event.runId}: ${formatCount(event.planned)} slots in ${formatQuantity(event.chunks, 'chunk')}`;
    case 'resumed':
      return `run ${event.runId} goes on at ${formatPercent(event.rowsDone, event.planned)} %, ${formatCount(event.rowsDone)} of ${formatCount(event.planned)} slots`;
    case 'retry':
      return event.code === 'CONFLICT'
        ? undefined
        : `${event.message}; trying again in ${formatSeconds(event.waitMs / 1000)}`;
    case 'row-failed':
      return describeFailedRow(event, progress);
    case 'chunk-started':
    case 'chunk-done':
    case 'verifying':
    case 'verified':
      return undefined;
  }
}

function describeFailedRow(
  event: Extract<GenerateEvent, { kind: 'row-failed' }>,
  { failed, runId }: GenerationProgress,
): string | undefined {
  if (failed > FAILED_ROWS_TOLD_AT_MOST + 1) return undefined;
  if (failed > FAILED_ROWS_TOLD_AT_MOST) return `more rows failed: tablepick runs show ${runId} lists them`;
  return `row failed: restaurant ${event.restaurantId}, ${event.date} ${event.time}: ${event.message}`;
}

function describeStop(progress: GenerationProgress): string {
  if (progress.runId === undefined) return 'stopping before anything was inserted; press Ctrl-C again to abort at once';
  if (progress.rowsChecked !== undefined)
    return 'all slots are in; stopping the proof, do it later with: tablepick slots verify';
  const finishing = `finishing ${formatQuantity(chunksInFlight(progress), 'chunk')} in flight`;
  return `${finishing}; press Ctrl-C again to abort; resume with: tablepick runs resume ${progress.runId}`;
}

function exitCodeOf(context: CommandContext, result: GenerateResult, report: VerifyReport | undefined): number {
  if (result.state === 'stopped') return context.stop.exitCode() ?? exitCodes.failed;
  if (result.verified === false && !isExplained(result, report)) return exitCodes.broken;
  return result.failed > 0 ? exitCodes.failed : exitCodes.done;
}

/** Rows that the server refused must be missing. Any other difference breaks the invariant. */
export function isExplained({ failed }: Pick<GenerateResult, 'failed'>, report: VerifyReport | undefined): boolean {
  return report !== undefined && report.unexpected === 0 && report.missing === failed;
}
