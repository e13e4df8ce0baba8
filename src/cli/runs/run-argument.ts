import { argument } from '../options/define-option.js';
import { parseCount } from '../options/option-values.js';

/** The run that a command is about. */
export const runArgument = argument('<run>', 'id of the run, see runs list', parseCount('<run>', 1));
