import { benchLocks } from '../../experiments/index.js';
import type { CommandContext, OptionsOfCommand } from '../command.js';
import { redisUrlOf } from '../options/redis-options.js';
import { runLoadBench } from './run-load-bench.js';
import { withRedis } from '../connections/with-redis.js';
import type { WantedRedis } from '../connections/with-redis.js';
import type { benchLocksCommand } from './bench-locks-command.js';

type Options = OptionsOfCommand<typeof benchLocksCommand>;

/** `tablepick bench locks`: ends with 3 when a strategy breaks its claim, with 4 when a figure misses its goal. */
export async function runBenchLocks(context: CommandContext, options: Options): Promise<number> {
  const { strategies, clients, capacity, pool, slots, hotShare, requests, processes, isolation, seed, saga, sweep } =
    options;
  const scene = { clients, capacity, pool, slots, hotShare, requests, processes, isolation, seed, saga, sweep };
  const load = { strategies, durationMs: options.duration, ratePerSecond: options.rate };
  return runLoadBench(context, options, (shared, isSandbox) => {
    const wanted = { url: redisUrlOf(options), otherwise: redisFor(strategies, isSandbox) };
    return withRedis(context, wanted, (redisUrl) => benchLocks({ ...shared, ...scene, ...load, redisUrl }));
  });
}

/**
 * A named strategy must run. When none is named, all strategies run that this machine supports. On a user's own
 * database, only those run that need no Redis.
 */
function redisFor(strategies: readonly string[] | undefined, isSandbox: boolean): WantedRedis['otherwise'] {
  if (strategies === undefined) return isSandbox ? 'if-possible' : 'without';
  return strategies.includes('redis-lock') ? 'must' : 'without';
}
