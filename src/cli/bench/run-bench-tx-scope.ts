import { benchTxScope } from '../../experiments/index.js';
import type { CommandContext, OptionsOfCommand } from '../command.js';
import { runLoadBench } from './run-load-bench.js';
import type { benchTxScopeCommand } from './bench-tx-scope-command.js';

type Options = OptionsOfCommand<typeof benchTxScopeCommand>;

/** `tablepick bench tx-scope`: ends with 3 when a reservation went wrong, with 4 when a figure misses its goal. */
export async function runBenchTxScope(context: CommandContext, options: Options): Promise<number> {
  const { clients, pool, slots, latency: latencyMs, jitter: jitterMs } = options;
  return runLoadBench(context, options, (shared) =>
    benchTxScope({ ...shared, clients, pool, slots, latencyMs, jitterMs }),
  );
}
