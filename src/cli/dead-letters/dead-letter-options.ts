import { Option } from 'commander';

import { TablepickError } from '../../errors.js';
import type { DeadLetterFilter } from '../../messaging/index.js';
import { parseDuration } from '../options/option-values.js';

/** Options that say which dead letters are meant. */
export interface LetterFilterOptions {
  group?: string;
  topic?: string;
  type?: string;
  reason?: string;
  key?: string;
  since?: number;
}

/** Options of {@link LetterFilterOptions}; {@link filterOf} reads them. */
export function letterFilterOptions(): Option[] {
  return [
    new Option('--group <name>', "group that could not handle it; '' for what the transport refused"),
    new Option('--topic <name>', 'topic it came from'),
    new Option('--type <name>', 'type of the message'),
    new Option('--reason <code>', 'why, as the list shows it'),
    new Option('--key <key>', 'key of the message'),
    new Option('--since <duration>', 'failed within that time, 30m or 2h').argParser(parseDuration('--since')),
  ];
}

/** What the options name, `nowMs` being now. */
export function filterOf(options: LetterFilterOptions, nowMs = Date.now()): DeadLetterFilter {
  const { group, topic, type, reason, key, since } = options;
  return { group, topic, type, reason, key, since: since === undefined ? undefined : new Date(nowMs - since) };
}

/** True when the options name anything. */
export function hasFilter(options: LetterFilterOptions): boolean {
  return Object.values(filterOf(options)).some((value) => value !== undefined);
}

const SECONDS_OF_UNIT: Readonly<Record<string, number>> = { s: 1, m: 60, h: 3600 };

/**
 * Reads `--rate`: `100/s`, `5/m`, `100` (a second), into letters a second.
 *
 * @throws `BAD_OPTION` when it is none, or not above 0.
 */
export function parseLetterRate(text: string): number {
  const [, amount, unit = 's'] = /^(\d*\.?\d+)(?:\/([smh]))?$/.exec(text) ?? [];
  const rate = Number(amount) / (SECONDS_OF_UNIT[unit] ?? 1);
  if (rate > 0 && rate <= 1e6) return rate;
  throw new TablepickError('BAD_OPTION', `--rate is '${text}' but must be letters a time, more than none`, {
    hint: 'for example --rate 100/s or --rate 5/m',
  });
}
