import { engineOption, outputOptions } from '../options/connection-options.js';
import { argument } from '../options/define-option.js';
import { parseServer } from '../options/option-values.js';

/** The server that a command is about. */
export const serverArgument = argument(
  '[server]',
  'mysql, mariadb, redis or kafka (default: the database that is there already)',
  parseServer,
);

/** Options of every command about the sandbox. */
export const sandboxOptions = [engineOption, ...outputOptions] as const;
