import { type OptionsOfCommand, defineCommand } from '../command.js';
import { connectionOptions } from '../options/connection-options.js';
import { option } from '../options/define-option.js';
import { insertOptions, strategyChoices } from '../options/insert-options.js';
import { countOption } from '../options/number-options.js';
import { planOptions } from '../slots/plan-options.js';
import { distributionOptions } from './distribution-options.js';

/** `tablepick generate-slots` */
export const generateSlotsCommand = defineCommand({
  name: 'generate-slots',
  summary: 'put the slots of a month (or any range of dates) into the table; resumes where it was stopped',
  options: [
    countOption(
      '--demo [n]',
      'first fill an empty database with n demo restaurants of 16 hourly slots a day (n: 10,390)',
    ),
    ...planOptions(),
    option('--strategy <name>', 'how rows go in; auto takes the fastest the server allows', {
      choices: strategyChoices,
      default: 'auto',
    }),
    ...insertOptions,
    option('--dry-run', 'tell what would happen; reads only'),
    option('--resume', 'go on with an unfinished run of the same slots, else start one (this is the default)'),
    option('--restart', 'start a new run although one of the same slots exists', { conflicts: 'resume' }),
    ...distributionOptions,
    ...connectionOptions,
  ],
  examples: [
    [
      'tablepick generate-slots --demo',
      "next month's 16 hourly slots a day of 10,390 demo restaurants, on the sandbox",
    ],
    [
      'tablepick generate-slots --month 2030-12 --url mysql://app@db.example/reservations',
      'a month on your own server',
    ],
    ['tablepick generate-slots --from 2030-12-24 --days 3 --restaurants 1,2,5-9 --dry-run', 'what would be missing'],
    ['tablepick generate-slots --worker', 'on each of your machines: do what --distribute hands out'],
  ],
});

/** The options of {@link generateSlotsCommand}. */
export type GenerateOptions = OptionsOfCommand<typeof generateSlotsCommand>;
