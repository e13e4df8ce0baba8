import { benchConsumer } from '../../experiments/index.js';
import type { CommandContext, OptionsOfCommand } from '../command.js';
import { withKafka } from '../connections/with-transport.js';
import type { benchConsumerCommand } from './bench-consumer-command.js';
import { runLoadBench } from './run-load-bench.js';

type Options = OptionsOfCommand<typeof benchConsumerCommand>;

/** `tablepick bench consumer`: ends with 3 when a message went wrong, with 4 when a figure misses its goal. */
export async function runBenchConsumer(context: CommandContext, options: Options): Promise<number> {
  const { ways, messages, sample, poisonEvery, transport } = options;
  return runLoadBench(context, options, (shared) =>
    withKafka(context, { ...options, transport: transport ?? 'kafka' }, (kafka) =>
      benchConsumer({ ...shared, transport, kafka, ways, messages, sample, poisonEvery }),
    ),
  );
}
