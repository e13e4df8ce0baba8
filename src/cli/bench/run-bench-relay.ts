import { benchRelay } from '../../experiments/index.js';
import type { CommandContext, OptionsOfCommand } from '../command.js';
import { runLoadBench } from './run-load-bench.js';
import { withKafka } from '../connections/with-transport.js';
import type { benchRelayCommand } from './bench-relay-command.js';

type Options = OptionsOfCommand<typeof benchRelayCommand>;

/**
 * `tablepick bench relay`: ends with 3 when messages got lost or out of order, with 4 when a figure misses its goal.
 */
export async function runBenchRelay(context: CommandContext, options: Options): Promise<number> {
  const { messages, batchRows, workers, rate: ratePerSecond, duration: durationMs, transport } = options;
  return runLoadBench(context, options, (shared) =>
    withKafka(context, { ...options, transport: transport ?? 'kafka' }, (kafka) =>
      benchRelay({ ...shared, transport, kafka, messages, batchRows, workers, ratePerSecond, durationMs }),
    ),
  );
}
