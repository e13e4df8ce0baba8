import { defineCommand } from '../command.js';
import { parseNames } from '../options/bench-values.js';
import { connectionOptions } from '../options/connection-options.js';
import { option } from '../options/define-option.js';
import { countOption } from '../options/number-options.js';
import { reportOptions } from './report-options.js';

/** `tablepick bench transitions` */
export const benchTransitionsCommand = defineCommand({
  name: 'bench transitions',
  summary: 'measure confirmations and cancellations that come at once, against a transaction each, and write a report',
  options: [
    countOption('--clients <n>', 'clients at once (default: 1000)'),
    countOption('--slots <n>', 'slots of the reservations (default: 1)'),
    countOption('--reservations <n>', 'reservations that are changed; one by one a tenth of them (default: 20000)'),
    countOption('--pool <n>', 'connections (default: 32)'),
    option('--ways <names>', 'comma-separated: together, one-by-one (default: both)', { parse: parseNames }),
    countOption('--repeat <n>', 'measured rounds after the warm-up (default: 3)'),
    ...reportOptions,
    ...connectionOptions,
  ],
  examples: [
    ['tablepick bench transitions', '1,000 clients confirm, then cancel, on one slot'],
    ['tablepick bench transitions --slots 10000', 'the same clients over 10,000 slots'],
  ],
});
