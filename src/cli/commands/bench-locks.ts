import { benchLocks } from '../../experiments/index.js';
import type { BenchLocksOptions } from '../../experiments/index.js';
import type { CommandContext } from '../command.js';
import { runLoadBench } from '../run-load-bench.js';
import type { LoadBenchOptions } from '../run-load-bench.js';

interface BenchLocksCommandOptions extends LoadBenchOptions {
  strategies?: string[];
  clients?: number;
  capacity?: number;
  pool?: number;
  slots?: number;
  hotShare?: number;
  requests?: number;
  duration?: number;
  rate?: number;
  processes?: number[];
  isolation?: BenchLocksOptions['isolation'];
  seed?: number;
  sweep?: BenchLocksOptions['sweep'];
}

/** `tablepick bench locks`: ends with 3 when a strategy is not what it claims, with 4 when a figure misses its goal. */
export async function runBenchLocks(context: CommandContext, options: BenchLocksCommandOptions): Promise<number> {
  const { strategies, clients, capacity, pool, slots, hotShare, requests, processes, isolation, seed, sweep } = options;
  const scene = { clients, capacity, pool, slots, hotShare, requests, processes, isolation, seed, sweep };
  const load = { strategies, durationMs: options.duration, ratePerSecond: options.rate };
  return runLoadBench(context, options, (shared) => benchLocks({ ...shared, ...scene, ...load }));
}
