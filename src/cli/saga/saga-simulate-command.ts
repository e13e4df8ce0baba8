import { defineCommand } from '../command.js';
import { connectionOptions } from '../options/connection-options.js';
import { option } from '../options/define-option.js';
import { parseFaults } from '../options/option-values.js';
import { transportOptions } from '../options/transport-options.js';

/** `tablepick saga simulate` */
export const sagaSimulateCommand = defineCommand({
  name: 'saga simulate',
  summary: 'play every message with everything that can go wrong with it; exit code 3 when money or seats are wrong',
  options: [
    option('--faults <names>', 'only these, with commas between (default: all)', { parse: parseFaults }),
    option('--markdown <file>', 'write the compensation document'),
    ...transportOptions,
    ...connectionOptions,
  ],
  examples: [
    ['tablepick saga simulate', 'about half a minute on the sandbox, in databases of its own'],
    ['tablepick saga simulate --faults duplicate,late --transport kafka', 'some of it over Kafka'],
  ],
});
