import { argument, option } from '../options/define-option.js';
import { parseCount } from '../options/option-values.js';

/** The saga that a command is about, by its reservation. */
export const sagaArgument = argument(
  '<reservation>',
  'id of the reservation, of several made as one the first',
  parseCount('<reservation>', 1),
);

/** The operator's name in the history of a saga. */
export const operatorOption = option('--by <name>', 'who does it, for the history (default: your user name)');
