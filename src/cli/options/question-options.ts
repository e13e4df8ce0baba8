import { option } from './define-option.js';
import { countOption } from './number-options.js';

/** Continues without a question on the terminal. */
export const yesOption = option('--yes', 'do it without asking');

/** How many slot keys of each kind a report lists. */
export const keysLimitOption = countOption('--limit <n>', 'keys to list of each kind', { least: 0, default: 20 });
