import type { RowsBody } from '../../bench/rows/rows-result.js';
import {
  type BenchEvent,
  type BenchOutcome,
  type ExperimentOptions,
  createBenchDatabase,
} from '../../experiments/index.js';
import { renderSummary } from '../../report/render-summary.js';
import type { CommandContext } from '../command.js';
import { exitCodes } from '../exit-codes.js';
import { formatCount, formatQuantity } from '../output/format.js';
import type { ConnectionOptions } from '../options/connection-options.js';
import type { ProgressPicture } from '../output/progress-picture.js';
import { withProgress } from '../output/show-progress.js';
import { withConnection } from '../connections/with-connection.js';

/** Options of every benchmark whose runs are counted in rows. */
export interface RowsBenchOptions extends ConnectionOptions {
  repeat?: number;
  out: string;
  name?: string;
}

/** The input of such a benchmark beside its own settings. */
export type SharedOptions = Required<
  Pick<ExperimentOptions, 'connection' | 'repeat' | 'question' | 'reports' | 'signal' | 'onEvent'>
>;

/**
 * Runs a benchmark on the scratch schema, shows its progress and prints its summary. Ends with 4 when a figure misses
 * its goal.
 */
export async function runRowsBench(
  context: CommandContext,
  options: RowsBenchOptions,
  measure: (shared: SharedOptions) => Promise<BenchOutcome<RowsBody>>,
): Promise<number> {
  return withConnection(context, { ...options, mustWrite: true }, async (found) => {
    const connection = found.isSandbox ? await createBenchDatabase(found.connection) : found.connection;
    const { folder, result } = await watched(context, (onEvent) => {
      const { repeat, name: question, out: reports } = options;
      return measure({ connection, repeat, question, reports, signal: context.stop.signal, onEvent });
    });
    context.output.result({ folder, ...result }, () => [...renderSummary(result), '', `report: ${folder}`]);
    return result.figures.some(({ met }) => met === false) ? exitCodes.regressed : exitCodes.done;
  });
}

async function watched<T>(
  context: CommandContext,
  work: (onEvent: (event: BenchEvent) => void) => Promise<T>,
): Promise<T> {
  let picture: ProgressPicture | undefined;
  context.stop.describe(() => 'stopping; complete rounds stay in the report; press Ctrl-C again to abort');
  return withProgress(
    context,
    () => picture,
    () =>
      work((event) => {
        if (event.kind === 'run-progress') picture = drawRun(event);
        if (event.kind === 'run-done') picture = undefined;
        const line = describeEvent(event);
        if (line !== undefined) context.output.note(line);
      }),
  );
}

function drawRun({ variant, rowsDone, rows }: Extract<BenchEvent, { kind: 'run-progress' }>): ProgressPicture {
  const detail = `${formatCount(rowsDone)} of ${formatCount(rows)} rows`;
  return [{ label: variant, done: rowsDone, total: rows, detail }];
}

function describeEvent(event: BenchEvent): string | undefined {
  switch (event.kind) {
    case 'preparing-peer':
      return `building the ${event.peer} peer in ${event.folder}`;
    case 'round-started':
      return `${event.isWarmup ? 'warm-up' : `round ${event.round} of ${event.repeat}`}: ${event.order.join(', ')}`;
    case 'run-done':
      return `${event.label}: ${formatCount(event.run.rowsPerSecond)} rows/s, ${formatQuantity(event.run.rows, 'row')}`;
    case 'written':
      return `written: ${event.folder}`;
    case 'run-started':
    case 'run-progress':
    case 'load-started':
    case 'load-done':
      return undefined;
  }
}
