import { checkChoice } from '../../check-option.js';
import { type ConsumerWay, consumerWays } from '../../experiments/consumer/consumer-job.js';
import { defineCommand } from '../command.js';
import { parseNames } from '../options/bench-values.js';
import { connectionOptions } from '../options/connection-options.js';
import { option } from '../options/define-option.js';
import { countOption } from '../options/number-options.js';
import { benchTransportOptions } from '../options/transport-options.js';
import { reportOptions } from './report-options.js';

/** `tablepick bench consumer` */
export const benchConsumerCommand = defineCommand({
  name: 'bench consumer',
  summary: 'measure how fast waiting messages are handled, with poison and with a long backlog, and write a report',
  options: [
    option('--ways <list>', `which ways, with commas between: ${consumerWays.join(', ')} (default: all)`, {
      parse: parseWays,
    }),
    countOption('--messages <n>', 'messages of the backlog whose memory is watched (default: 1000000)'),
    countOption('--sample <n>', 'messages of the runs with and without poison (default: 100000)'),
    countOption('--poison-every <n>', 'one message in so many cannot be handled (default: 1000)'),
    ...benchTransportOptions,
    countOption('--repeat <n>', 'measured rounds after the warm-up (default: 3)'),
    ...reportOptions,
    ...connectionOptions,
  ],
  examples: [
    ['tablepick bench consumer', 'a backlog of a million messages, on both transports'],
    ['tablepick bench consumer --transport database --messages 100000', 'a shorter one, without a Kafka'],
  ],
});

function parseWays(text: string): ConsumerWay[] {
  const names = parseNames(text);
  for (const name of names) checkChoice('--ways', name, consumerWays);
  return names as ConsumerWay[];
}
