import { defineCommand } from '../command.js';
import { parseRate } from '../options/bench-values.js';
import { connectionOptions } from '../options/connection-options.js';
import { option } from '../options/define-option.js';
import { countOption, durationOption } from '../options/number-options.js';
import { benchTransportOptions } from '../options/transport-options.js';
import { reportOptions } from './report-options.js';

/** `tablepick bench relay` */
export const benchRelayCommand = defineCommand({
  name: 'bench relay',
  summary: 'measure a relay against a bare Kafka producer, every message accounted for, and write a report',
  options: [
    countOption('--messages <n>', 'messages that a drain begins with (default: 100000)'),
    countOption('--batch-rows <n>', 'rows of a batch, and messages of a request of the bare producer (default: 1000)'),
    countOption('--workers <n>', 'batches of the relay that are prepared or marked at once (default: as shipped)'),
    option('--rate <n>', 'arrivals a second where each message is timed (default: 500)', {
      parse: parseRate('--rate'),
    }),
    durationOption('--duration <time>', 'how long they arrive (default: 10s)'),
    ...benchTransportOptions,
    countOption('--repeat <n>', 'measured rounds after the warm-up (default: 3)'),
    ...reportOptions,
    ...connectionOptions,
  ],
  examples: [
    ['tablepick bench relay', 'drains of 100,000 messages, and 500 messages a second timed one by one'],
    ['tablepick bench relay --transport database', 'where no Kafka is wanted'],
  ],
});
