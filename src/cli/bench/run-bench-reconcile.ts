import { benchReconcile } from '../../experiments/index.js';
import type { CommandContext, OptionsOfCommand } from '../command.js';
import { runRowsBench } from './run-rows-bench.js';
import type { benchReconcileCommand } from './bench-reconcile-command.js';

type Options = OptionsOfCommand<typeof benchReconcileCommand>;

/** `tablepick bench reconcile`: ends with 4 when a figure misses its goal. */
export async function runBenchReconcile(context: CommandContext, options: Options): Promise<number> {
  const { reservations } = options;
  return runRowsBench(context, options, (shared) => benchReconcile({ ...shared, reservations }));
}
