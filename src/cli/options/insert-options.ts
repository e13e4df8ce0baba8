import { insertStrategyNames } from '../../slots/generation.js';
import { type OptionsOf, option } from './define-option.js';
import { countOption } from './number-options.js';
import { parseWorkers } from './option-values.js';

/** How many rows the strategy `batch` puts into one statement. */
export const batchRowsOption = countOption(
  '--batch-rows <n>',
  'rows of one multi-row INSERT; fewer when the packet limit asks for it',
  { default: 3000 },
);

/** Takes `auto` or a number of connections. */
export const workersOption = option(
  '--workers <n>',
  "connections that insert at once; auto: from the server's cores and limits",
  { parse: parseWorkers, default: 'auto' },
);

/** The texts that `--strategy` accepts. */
export const strategyChoices = ['auto', ...insertStrategyNames] as const;

/** Options about how slots are inserted. */
export const insertOptions = [
  batchRowsOption,
  workersOption,
  option('--no-verify', 'leave out the proof at the end (planned = present = distinct)'),
] as const;

/** The values of {@link insertOptions}. */
export type InsertOptions = OptionsOf<typeof insertOptions>;
