import { parseShare } from './bench-values.js';
import { type FoundBy, type OptionDefinition, type OptionSettings, option } from './define-option.js';
import { parseCount, parseDuration } from './option-values.js';

interface NumberSettings extends Pick<OptionSettings, 'conflicts' | 'mandatory' | 'defaultText'> {
  /** The least accepted value; of a duration in milliseconds. Default 1. */
  least?: number;
  default?: number;
}

type NumberOption<Flags extends string, Settings> = OptionDefinition<
  FoundBy<Flags, Settings & { parse: (text: string) => number }>
>;

/** An option that takes a whole number: `countOption('--rows <n>', …)`. */
export function countOption<const Flags extends `--${string}`, const Settings extends NumberSettings>(
  flags: Flags,
  description: string,
  settings?: Settings,
): NumberOption<Flags, Settings> {
  const { least = 1, ...rest }: NumberSettings = settings ?? {};
  return option(flags, description, { ...rest, parse: parseCount(wordOf(flags), least) });
}

/** An option that takes a duration, and gives milliseconds: `durationOption('--for <duration>', …)`. */
export function durationOption<const Flags extends `--${string}`, const Settings extends NumberSettings>(
  flags: Flags,
  description: string,
  settings?: Settings,
): NumberOption<Flags, Settings> {
  const { least = 1, ...rest }: NumberSettings = settings ?? {};
  return option(flags, description, { ...rest, parse: parseDuration(wordOf(flags), least) });
}

/** An option that takes a share from 0 to 1, by default 0: `shareOption('--fail-rate <share>', …)`. */
export function shareOption<const Flags extends `--${string}`>(
  flags: Flags,
  description: string,
): NumberOption<Flags, { default: 0 }> {
  return option(flags, description, { parse: parseShare(wordOf(flags)), default: 0 });
}

/** `--rows` of `--rows <n>`. */
function wordOf(flags: string): string {
  return flags.split(' ')[0]!;
}
