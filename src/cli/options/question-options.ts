import { option } from './define-option.js';
import { countOption } from './number-options.js';

/** Goes on where the command would ask on the terminal. */
export const yesOption = option('--yes', 'do it without asking');

/** How many slot keys a report lists of each kind. */
export const keysLimitOption = countOption('--limit <n>', 'keys to list of each kind', { least: 0, default: 20 });
