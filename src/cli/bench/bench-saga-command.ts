import { defineCommand } from '../command.js';
import { checkChoice } from '../../check-option.js';
import { type SagaWay, sagaWays } from '../../experiments/saga/saga-job.js';
import { parseNames, parseRates } from '../options/bench-values.js';
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
    option('--ways <list>', `which ways, with commas between: ${sagaWays.join(', ')} (default: all)`, {
      parse: parseWays,
    }),
    countOption('--reservations <n>', 'reservations as fast as they can be made (default: 20000)'),
    countOption('--sample <n>', 'at most so many of them one by one, which is slow (default: 2000)'),
    countOption('--clients <n>', 'guests who reserve at once (default: 1000)'),
    countOption('--slots <n>', 'slots asked for (default: 1600)'),
    option('--rate <list>', 'guests who come a second where each saga is timed (default: 50,500)', {
      parse: parseRates('--rate'),
    }),
    durationOption('--duration <time>', 'how long they come at each rate (default: 10s)'),
    ...benchTransportOptions,
    countOption('--repeat <n>', 'measured rounds after the warm-up (default: 3)'),
    ...reportOptions,
    ...connectionOptions,
  ],
  examples: [
    ['tablepick bench saga', '20,000 reservations from request to confirmation, on both transports'],
    ['tablepick bench saga --transport database --ways batches', 'without a Kafka, the services as they are alone'],
  ],
});

function parseWays(text: string): SagaWay[] {
  const names = parseNames(text);
  for (const name of names) checkChoice('--ways', name, sagaWays);
  return names as SagaWay[];
}
