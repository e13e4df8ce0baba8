import { type OptionsOf, option } from '../options/define-option.js';
import { countOption } from '../options/number-options.js';
import { parseRestaurants } from '../options/option-values.js';

/** Options that say which slots are meant: dates, restaurants and the overnight rule. */
export function planOptions(defaultDates = 'the next calendar month, UTC') {
  return [
    option('--month <yyyy-mm>', `all dates of a month (default: ${defaultDates})`, {
      conflicts: ['from', 'to', 'days'],
    }),
    option('--from <yyyy-mm-dd>', 'first date'),
    option('--to <yyyy-mm-dd>', 'last date, with --from', { conflicts: 'days' }),
    countOption('--days <n>', 'number of dates, with --from (default: 1)'),
    option('--restaurants <ids>', 'ids and ranges, 1,2,5-9 (default: all)', { parse: parseRestaurants }),
    option('--overnight <rule>', 'closing before opening: on the next day, the default, or cut off at 22:00', {
      choices: ['next-day', 'clamp-to-22'],
    }),
  ] as const;
}

/** The values of {@link planOptions}. */
export type PlanOptions = OptionsOf<ReturnType<typeof planOptions>>;
