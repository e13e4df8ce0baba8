import { benchTransitions } from '../../experiments/index.js';
import type { TransitionWay } from '../../experiments/index.js';
import type { CommandContext, OptionsOfCommand } from '../command.js';
import type { benchTransitionsCommand } from './bench-transitions-command.js';
import { runLoadBench } from './run-load-bench.js';

type Options = OptionsOfCommand<typeof benchTransitionsCommand>;

/** `tablepick bench transitions`: ends with 3 when a change went wrong, with 4 when a figure misses its goal. */
export async function runBenchTransitions(context: CommandContext, options: Options): Promise<number> {
  const { clients, slots, reservations, pool } = options;
  const ways = options.ways as readonly TransitionWay[] | undefined;
  return runLoadBench(context, options, (shared) =>
    benchTransitions({ ...shared, clients, slots, reservations, pool, ways }),
  );
}
