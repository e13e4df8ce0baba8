import { Option } from 'commander';

import type { CommandEntry } from './command.js';
import { parseCount, parseStrategies } from './option-values.js';
import { batchRowsOption, connectionOptions, workersOption } from './options.js';

/** The commands of `tablepick bench`. */
export const benchCommands: readonly CommandEntry[] = [
  {
    path: ['bench', 'insert'],
    summary: 'compare ways of inserting slots on a scratch schema, every load verified, and write a report',
    options: () => [
      new Option('--rows <n>', 'slots of each run (default: 4987200, a month)').argParser(parseCount('--rows', 1)),
      new Option('--repeat <n>', 'measured rounds after the warm-up (default: 3; 1 with --months)').argParser(
        parseCount('--repeat', 1),
      ),
      new Option('--strategies <names>', 'comma-separated (default: all that the server allows)').argParser(
        parseStrategies,
      ),
      new Option(
        '--peers [names]',
        'measure Hibernate, JdbcTemplate, knex and TypeORM in the same rounds, or some of them by the names in the report; needs Java and Maven',
      ).argParser((names: string) => names.split(',')),
      new Option('--sample-rows <n>', 'slots at most for the ways that insert one by one (default: 48000)').argParser(
        parseCount('--sample-rows', 1),
      ),
      new Option('--months <n>', 'instead: fill one table month after month, last month against the first')
        .argParser(parseCount('--months', 2))
        .conflicts(['peers', 'sampleRows']),
      workersOption(),
      batchRowsOption(),
      new Option('--out <dir>', 'folder of all reports').default('reports'),
      new Option('--name <name>', 'name of the report: lower-case letters, digits and dashes'),
      ...connectionOptions(),
    ],
    examples: [
      ['tablepick bench insert', 'all strategies on the sandbox, a month each, three rounds'],
      ['tablepick bench insert --rows 480000 --peers', 'a tenth of a month, with what people use today beside it'],
      ['tablepick bench insert --months 12', 'does it stay fast when the table grows to 60 million rows?'],
    ],
    run: async (context, command) =>
      (await import('./commands/bench-insert.js')).runBenchInsert(context, command.opts()),
  },
];
