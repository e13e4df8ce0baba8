import { defineCommand } from '../command.js';
import { connectionOptions } from '../options/connection-options.js';
import { countOption } from '../options/number-options.js';
import { reportOptions } from './report-options.js';

/** `tablepick bench reconcile` */
export const benchReconcileCommand = defineCommand({
  name: 'bench reconcile',
  summary: 'measure how long reconciling takes and what memory it needs, one in a hundred reservations wrong',
  options: [
    countOption('--reservations <n>', 'reservations in the table (default: 1000000)'),
    countOption('--repeat <n>', 'measured rounds after the warm-up (default: 3)'),
    ...reportOptions,
    ...connectionOptions,
  ],
  examples: [['tablepick bench reconcile --reservations 100000 --repeat 1', 'a tenth of it, once']],
});
