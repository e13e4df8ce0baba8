import { benchReconcile } from '../../experiments/index.js';
import type { CommandContext } from '../command.js';
import { type RowsBenchOptions, runRowsBench } from './run-rows-bench.js';

/** `tablepick bench reconcile`: ends with 4 when a figure misses its goal. */
export async function runBenchReconcile(
  context: CommandContext,
  options: RowsBenchOptions & { reservations?: number },
): Promise<number> {
  const { reservations } = options;
  return runRowsBench(context, options, (shared) => benchReconcile({ ...shared, reservations }));
}
