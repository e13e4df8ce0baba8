import { option } from '../options/define-option.js';

/** Options that say where the report of a benchmark is written. */
export const reportOptions = [
  option('--out <dir>', 'folder of all reports', { default: 'reports' }),
  option('--name <name>', 'name of the report: lower-case letters, digits and dashes'),
] as const;
