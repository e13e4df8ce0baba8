import { defineCommand } from '../command.js';
import { connectionOptions } from '../options/connection-options.js';
import { countOption, durationOption } from '../options/number-options.js';
import { reportOptions } from './report-options.js';

/** `tablepick bench tx-scope` */
export const benchTxScopeCommand = defineCommand({
  name: 'bench tx-scope',
  summary: 'measure what a payment call inside the transaction costs the guests, against one outside',
  options: [
    countOption('--clients <n>', 'guests at once, one request each (default: 20)'),
    countOption('--pool <n>', 'connections (default: 32)'),
    durationOption('--latency <time>', 'how long the payment provider takes (default: 300ms)'),
    durationOption('--jitter <time>', 'each call takes up to this much less or more (default: none)'),
    countOption('--slots <n>', 'slots asked for, all alike (default: 1)'),
    countOption('--repeat <n>', 'measured rounds after the warm-up (default: 3)'),
    ...reportOptions,
    ...connectionOptions,
  ],
  examples: [
    ['tablepick bench tx-scope', '20 guests at once on one slot, a payment takes 300 ms'],
    ['tablepick bench tx-scope --clients 100 --slots 50 --latency 1s', 'when the pool runs dry, too'],
  ],
});
