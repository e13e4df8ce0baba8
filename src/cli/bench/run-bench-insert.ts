import { benchInsert, benchMonths } from '../../experiments/index.js';
import type { CommandContext, OptionsOfCommand } from '../command.js';
import { runRowsBench } from './run-rows-bench.js';
import type { benchInsertCommand } from './bench-insert-command.js';

type Options = OptionsOfCommand<typeof benchInsertCommand>;

/** `tablepick bench insert`: ends with 4 when a figure misses its goal. */
export async function runBenchInsert(context: CommandContext, options: Options): Promise<number> {
  const { rows, strategies, peers, sampleRows, months, workers, batchRows } = options;
  return runRowsBench(context, options, (shared) =>
    months === undefined
      ? benchInsert({ ...shared, rows, workers, batchRows, strategies, peers, sampleRows })
      : benchMonths({ ...shared, rows, workers, batchRows, months, strategy: strategies?.[0] }),
  );
}
