import { benchInsert, benchMonths } from '../../experiments/index.js';
import type { InsertStrategyName } from '../../slots/index.js';
import type { CommandContext } from '../command.js';
import { type RowsBenchOptions, runRowsBench } from './run-rows-bench.js';

interface BenchInsertCommandOptions extends RowsBenchOptions {
  rows?: number;
  strategies?: InsertStrategyName[];
  peers?: true | string[];
  sampleRows?: number;
  months?: number;
  workers: number | 'auto';
  batchRows: number;
}

/** `tablepick bench insert`: ends with 4 when a figure misses its goal. */
export async function runBenchInsert(context: CommandContext, options: BenchInsertCommandOptions): Promise<number> {
  const { rows, strategies, peers, sampleRows, months, workers, batchRows } = options;
  return runRowsBench(context, options, (shared) =>
    months === undefined
      ? benchInsert({ ...shared, rows, workers, batchRows, strategies, peers, sampleRows })
      : benchMonths({ ...shared, rows, workers, batchRows, months, strategy: strategies?.[0] }),
  );
}
