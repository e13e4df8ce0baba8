import { benchInsert, benchMonths, createBenchDatabase } from '../../experiments/index.js';
import type { BenchEvent, ExperimentOptions } from '../../experiments/index.js';
import { renderSummary } from '../../report/render-summary.js';
import type { InsertStrategyName } from '../../slots/index.js';
import type { CommandContext } from '../command.js';
import { exitCodes } from '../exit-codes.js';
import { formatCount, formatQuantity } from '../format.js';
import type { ConnectionOptions } from '../options.js';
import type { ProgressPicture } from '../progress-picture.js';
import { withProgress } from '../show-progress.js';
import { withConnection } from '../with-connection.js';

interface BenchInsertCommandOptions extends ConnectionOptions {
  rows?: number;
  repeat?: number;
  strategies?: InsertStrategyName[];
  peers?: true | string[];
  sampleRows?: number;
  months?: number;
  workers: number | 'auto';
  batchRows: number;
  out: string;
  name?: string;
}

/** `tablepick bench insert`: ends with 4 when a figure misses its goal. */
export async function runBenchInsert(context: CommandContext, options: BenchInsertCommandOptions): Promise<number> {
  return withConnection(context, options, async (found) => {
    const connection = found.isSandbox ? await createBenchDatabase(found.connection) : found.connection;
    const { folder, result } = await measure(context, options, connection);
    context.output.result({ folder, ...result }, () => [...renderSummary(result), '', `report: ${folder}`]);
    return result.figures.some(({ met }) => met === false) ? exitCodes.regressed : exitCodes.done;
  });
}

async function measure(
  context: CommandContext,
  options: BenchInsertCommandOptions,
  connection: ExperimentOptions['connection'],
): ReturnType<typeof benchInsert> {
  const { rows, repeat, strategies, peers, sampleRows, months, workers, batchRows } = options;
  let picture: ProgressPicture | undefined;
  const onEvent = (event: BenchEvent): void => {
    if (event.kind === 'run-progress') picture = drawRun(event);
    if (event.kind === 'run-done') picture = undefined;
    const line = describeEvent(event);
    if (line !== undefined) context.output.note(line);
  };
  const reporting = { question: options.name, reports: options.out, signal: context.stop.signal, onEvent };
  const shared = { connection, rows, repeat, workers, batchRows, ...reporting };
  context.stop.describe(() => 'stopping; complete rounds stay in the report; press Ctrl-C again to abort');
  return withProgress(
    context,
    () => picture,
    () =>
      months === undefined
        ? benchInsert({ ...shared, strategies, peers, sampleRows })
        : benchMonths({ ...shared, months, strategy: strategies?.[0] }),
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
