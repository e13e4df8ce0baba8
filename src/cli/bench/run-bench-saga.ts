import { benchSaga } from '../../experiments/index.js';
import type { CommandContext, OptionsOfCommand } from '../command.js';
import { runLoadBench } from './run-load-bench.js';
import { withKafka } from '../connections/with-transport.js';
import type { benchSagaCommand } from './bench-saga-command.js';

type Options = OptionsOfCommand<typeof benchSagaCommand>;

/** `tablepick bench saga`: ends with 3 when seats or money went wrong, with 4 when a figure misses its goal. */
export async function runBenchSaga(context: CommandContext, options: Options): Promise<number> {
  const { ways, reservations, sample, clients, slots, transport, rate: ratesPerSecond, duration: durationMs } = options;
  const extent = { ways, reservations, sample, clients, slots, ratesPerSecond, durationMs };
  return runLoadBench(context, options, (shared) =>
    withKafka(context, { ...options, transport: transport ?? 'kafka' }, (kafka) =>
      benchSaga({ ...shared, ...extent, transport, kafka }),
    ),
  );
}
