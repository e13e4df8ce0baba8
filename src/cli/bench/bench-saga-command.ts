import { defineCommand } from '../command.js';
import { parseRate } from '../options/bench-values.js';
import { connectionOptions } from '../options/connection-options.js';
import { option } from '../options/define-option.js';
import { countOption, durationOption } from '../options/number-options.js';
import { benchTransportOptions } from '../options/transport-options.js';
import { reportOptions } from './report-options.js';

/** `tablepick bench saga` */
export const benchSagaCommand = defineCommand({
  name: 'bench saga',
  summary: 'measure reservations that are paid and confirmed, by database and by Kafka, and write a report',
  options: [
    option('--in-process', 'all services in one process; the default, and the only way so far'),
    countOption('--reservations <n>', 'reservations as fast as they can be made (default: 3000)'),
    countOption('--clients <n>', 'guests who reserve at once (default: 32)'),
    countOption('--slots <n>', 'slots asked for (default: 500)'),
    option('--rate <n>', 'guests who come a second where each saga is timed (default: 50)', {
      parse: parseRate('--rate'),
    }),
    durationOption('--duration <time>', 'how long they come (default: 10s)'),
    ...benchTransportOptions,
    countOption('--repeat <n>', 'measured rounds after the warm-up (default: 3)'),
    ...reportOptions,
    ...connectionOptions,
  ],
  examples: [
    ['tablepick bench saga --in-process', '3,000 reservations from request to confirmation, on both transports'],
    ['tablepick bench saga --in-process --transport database', 'without a Kafka'],
  ],
});
