import { benchSaga } from '../../experiments/index.js';
import type { CommandContext } from '../command.js';
import { runLoadBench } from './run-load-bench.js';
import type { LoadBenchOptions } from './run-load-bench.js';
import type { TransportOptions } from '../options/transport-options.js';
import { withKafka } from '../connections/with-transport.js';

interface BenchSagaCommandOptions extends LoadBenchOptions, TransportOptions {
  reservations?: number;
  clients?: number;
  slots?: number;
  rate?: number;
  duration?: number;
}

/** `tablepick bench saga`: ends with 3 when seats or money went wrong, with 4 when a figure misses its goal. */
export async function runBenchSaga(context: CommandContext, options: BenchSagaCommandOptions): Promise<number> {
  const { reservations, clients, slots, rate: ratePerSecond, duration: durationMs, transport } = options;
  return runLoadBench(context, options, (shared) =>
    withKafka(context, { ...options, transport: transport ?? 'kafka' }, (kafka) =>
      benchSaga({ ...shared, transport, kafka, reservations, clients, slots, ratePerSecond, durationMs }),
    ),
  );
}
