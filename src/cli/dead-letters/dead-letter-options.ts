import { TablepickError } from '../../errors.js';
import type { DeadLetterFilter } from '../../messaging/index.js';
import { type OptionsOf, argument, option } from '../options/define-option.js';
import { durationOption } from '../options/number-options.js';
import { parseIds } from '../options/option-values.js';

/** Options that say which dead letters are meant; {@link filterOf} reads them. */
export const deadLetterFilterOptions = [
  option('--group <name>', "group that could not handle it; '' for what the transport refused"),
  option('--topic <name>', 'topic it came from'),
  option('--type <name>', 'type of the message'),
  option('--reason <code>', 'why, as the list shows it'),
  option('--key <key>', 'key of the message'),
  durationOption('--since <duration>', 'failed within that time, 30m or 2h'),
] as const;

/** The values of {@link deadLetterFilterOptions}. */
export type DeadLetterFilterOptions = OptionsOf<typeof deadLetterFilterOptions>;

/** The service of one dead letter. Without it: the service that has this dead letter. */
export const oneServiceOption = option('--service <name>', 'whose letter it is (default: who has one with that id)', {
  choices: ['reservation', 'payment'],
});

/** Ids of dead letters, as `[ids]` or `<ids>`. */
export function idsArgument<const Name extends string>(name: Name) {
  return argument(name, 'ids of letters of one service, 17 or 17,18', parseIds(name));
}

/** The filter of these options; `nowMs` is the present time. */
export function filterOf(options: DeadLetterFilterOptions, nowMs = Date.now()): DeadLetterFilter {
  const { group, topic, type, reason, key, since } = options;
  return { group, topic, type, reason, key, since: since === undefined ? undefined : new Date(nowMs - since) };
}

/** True when an option is given. */
export function hasFilter(options: DeadLetterFilterOptions): boolean {
  return Object.values(filterOf(options)).some((value) => value !== undefined);
}

const SECONDS_OF_UNIT: Readonly<Record<string, number>> = { s: 1, m: 60, h: 3600 };

/**
 * Reads `--rate`: `100/s`, `5/m`, `100` (a second), into dead letters a second.
 *
 * @throws `BAD_OPTION` when it is no rate, or not above 0.
 */
export function parseRedriveRate(text: string): number {
  const [, amount, unit = 's'] = /^(\d*\.?\d+)(?:\/([smh]))?$/.exec(text) ?? [];
  const rate = Number(amount) / (SECONDS_OF_UNIT[unit] ?? 1);
  if (rate > 0 && rate <= 1e6) return rate;
  throw new TablepickError('BAD_OPTION', `--rate is '${text}' but must be letters a time, more than none`, {
    hint: 'for example --rate 100/s or --rate 5/m',
  });
}
