import { defineCommand } from '../command.js';
import { connectionOptions } from '../options/connection-options.js';
import { option } from '../options/define-option.js';
import { batchRowsOption, workersOption } from '../options/insert-options.js';
import { countOption } from '../options/number-options.js';
import { parseStrategies } from '../options/option-values.js';
import { reportOptions } from './report-options.js';

/** `tablepick bench insert` */
export const benchInsertCommand = defineCommand({
  name: 'bench insert',
  summary: 'compare ways of inserting slots on a scratch schema, every load verified, and write a report',
  options: [
    countOption('--rows <n>', 'slots of each run (default: 4987200, a month)'),
    countOption('--repeat <n>', 'measured rounds after the warm-up (default: 3; 1 with --months)'),
    option('--strategies <names>', 'comma-separated (default: all that the server allows)', { parse: parseStrategies }),
    option(
      '--peers [names]',
      'measure Hibernate, JdbcTemplate, knex and TypeORM in the same rounds, or some of them by the names in the report; needs Java and Maven',
      { parse: (names: string) => names.split(',') },
    ),
    countOption('--sample-rows <n>', 'slots at most for the ways that insert one by one (default: 48000)'),
    countOption('--months <n>', 'instead: fill one table month after month, last month against the first', {
      least: 2,
      conflicts: ['peers', 'sampleRows'],
    }),
    workersOption,
    batchRowsOption,
    ...reportOptions,
    ...connectionOptions,
  ],
  examples: [
    ['tablepick bench insert', 'all strategies on the sandbox, a month each, three rounds'],
    ['tablepick bench insert --rows 480000 --peers', 'a tenth of a month, with what people use today beside it'],
    ['tablepick bench insert --months 12', 'does it stay fast when the table grows to 60 million rows?'],
  ],
});
