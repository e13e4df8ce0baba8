import { brokenClaims } from '../../bench/load/record-load.js';
import type { LoadBody } from '../../bench/load/load-result.js';
import { createBenchDatabase } from '../../experiments/index.js';
import type { BenchEvent, BenchOutcome, ExperimentOptions } from '../../experiments/index.js';
import { formatMs, formatRate, formatSeconds } from '../../report/format-numbers.js';
import { renderSummary } from '../../report/render-summary.js';
import type { CommandContext } from '../command.js';
import { exitCodes } from '../exit-codes.js';
import type { ConnectionOptions } from '../options/connection-options.js';
import { withConnection } from '../connections/with-connection.js';

/** Options that every measurement under load has. */
export interface LoadBenchOptions extends ConnectionOptions {
  repeat?: number;
  out: string;
  name?: string;
}

/**
 * Runs an experiment under load and prints its summary. It uses the named database, else a scratch schema of the
 * sandbox. Resolves with 3 when a variant breaks its claim to be right, else with 4 when a figure misses its goal.
 */
export async function runLoadBench(
  context: CommandContext,
  options: LoadBenchOptions,
  measure: (shared: ExperimentOptions, isSandbox: boolean) => Promise<BenchOutcome<LoadBody>>,
): Promise<number> {
  return withConnection(context, { ...options, mustWrite: true }, async (found) => {
    const connection = found.isSandbox ? await createBenchDatabase(found.connection) : found.connection;
    context.stop.describe(() => 'stopping; complete rounds stay in the report; press Ctrl-C again to abort');
    const shared: ExperimentOptions = {
      connection,
      repeat: options.repeat,
      question: options.name,
      reports: options.out,
      signal: context.stop.signal,
      onEvent: (event) => noteEvent(context, event),
    };
    const { folder, result } = await measure(shared, found.isSandbox);
    context.output.result({ folder, ...result }, () => [...renderSummary(result), '', `report: ${folder}`]);
    if (brokenClaims(result.variants).length > 0) return exitCodes.broken;
    return result.figures.some(({ met }) => met === false) ? exitCodes.regressed : exitCodes.done;
  });
}

function noteEvent({ output }: CommandContext, event: BenchEvent): void {
  if (event.kind === 'round-started') {
    const { isWarmup, round, repeat, order } = event;
    output.note(`${isWarmup ? 'warm-up' : `round ${round} of ${repeat}`}: ${order.join(', ')}`);
  }
  if (event.kind === 'load-done') output.note(describeRun(event));
  if (event.kind === 'written') output.note(`written: ${event.folder}`);
}

function describeRun({ label, good, run }: Extract<BenchEvent, { kind: 'load-done' }>): string {
  const [latency] = Object.values(run.latencies);
  const p99 = latency === undefined ? '' : `, p99 ${formatMs(latency.p99Ms)}`;
  return `${label}: ${formatSeconds(run.seconds)}, ${formatRate(run.goodPerSecond)} ${good}/s${p99}, ${run.verdict.text}`;
}
