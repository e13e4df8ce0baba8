import { LONGEST_TIMER_MS } from '../../check-option.js';
import { TablepickError } from '../../errors.js';
import { type Fault, faultNames } from '../../experiments/simulate/scenarios.js';
import type { SandboxEngine } from '../../sandbox/index.js';
import { type InsertStrategyName, insertStrategyNames } from '../../slots/generation.js';

/** Which restaurants `--restaurants` names: a list of ids or one range, bounds inclusive. */
export type RestaurantSelection = number[] | { from: number; to: number };

const EXPANDED_IDS_AT_MOST = 100_000;

/**
 * A parser for the whole-number option `name`, `least` and up.
 *
 * @throws `BAD_OPTION` when the text is no whole number of at least `least`.
 */
export function parseCount(name: string, least: number): (text: string) => number {
  return (text) => {
    const value = Number(text);
    if (/^\d+$/.test(text) && Number.isSafeInteger(value) && value >= least) return value;
    throw new TablepickError('BAD_OPTION', `${name} is '${text}' but must be a whole number of ${least} or more`, {
      hint: `for example ${name} ${Math.max(least, 4)}`,
    });
  };
}

/**
 * A parser for the option `name` that takes one id or several: `17` or `17,18`.
 *
 * @throws `BAD_OPTION` when one of them is no whole number of 1 or more.
 */
export function parseIds(name: string): (text: string) => number[] {
  return (text) => text.split(',').map((part) => parseCount(name, 1)(part.trim()));
}

const MS_OF_UNIT: Readonly<Record<string, number>> = { ms: 1, s: 1000, m: 60_000, h: 3_600_000 };

/**
 * A parser for the duration option `name`: `500ms`, `1.5s`, `3m` or `2h`, into whole milliseconds, `leastMs` or more.
 *
 * @throws `BAD_OPTION` when the text is no such duration, shorter than `leastMs` or longer than 24 days.
 */
export function parseDuration(name: string, leastMs = 1): (text: string) => number {
  return (text) => {
    const [, amount, unit = ''] = /^(\d+(?:\.\d+)?)(ms|s|m|h)$/.exec(text) ?? [];
    const ms = Math.round(Number(amount) * (MS_OF_UNIT[unit] ?? NaN));
    if (ms >= leastMs && ms <= LONGEST_TIMER_MS) return ms;
    throw new TablepickError('BAD_OPTION', `${name} is '${text}' but must be a duration of ${leastMs}ms to 24 days`, {
      hint: `a number and its unit, for example ${name} 500ms, ${name} 30s, ${name} 3m or ${name} 2h`,
    });
  };
}

/**
 * Reads `--workers`: `auto` or a number.
 *
 * @throws `BAD_OPTION` when it is neither.
 */
export function parseWorkers(text: string): number | 'auto' {
  return text === 'auto' ? text : parseCount('--workers', 1)(text);
}

const serverNames: readonly SandboxEngine[] = ['mysql', 'mariadb', 'redis', 'kafka'];

/**
 * Reads the argument `[server]` of the commands about the sandbox.
 *
 * @throws `BAD_OPTION` when it is no server the sandbox can run.
 */
export function parseServer(text: string): SandboxEngine {
  const found = serverNames.find((name) => name === text);
  if (found !== undefined) return found;
  throw new TablepickError('BAD_OPTION', `the sandbox has no server '${text}'`, {
    hint: `choose from ${serverNames.join(', ')}`,
  });
}

/**
 * The server that a command about the sandbox means: its argument, else `--engine`.
 *
 * @throws `BAD_OPTION` when the two name different ones.
 */
export function chooseServer(
  argument: SandboxEngine | undefined,
  { engine }: { engine?: SandboxEngine | undefined },
): SandboxEngine | undefined {
  if (argument === undefined || engine === undefined || argument === engine) return argument ?? engine;
  throw new TablepickError('BAD_OPTION', `'${argument}' and --engine ${engine} name two servers`, {
    hint: 'leave --engine out',
  });
}

/**
 * Reads `--strategies`: `batch` or `batch,server-side`.
 *
 * @throws `BAD_OPTION` when one of them is no strategy.
 */
export function parseStrategies(text: string): InsertStrategyName[] {
  return text.split(',').map((name) => {
    const found = insertStrategyNames.find((strategy) => strategy === name.trim());
    if (found !== undefined) return found;
    throw new TablepickError('BAD_OPTION', `--strategies names '${name}', which is no strategy`, {
      hint: `choose from ${insertStrategyNames.join(', ')}`,
    });
  });
}

/**
 * Reads `--restaurants`: `7`, `1,2,5-9` or `100-4000`.
 *
 * @throws `BAD_OPTION` when it is none of these.
 */
export function parseRestaurants(text: string): RestaurantSelection {
  const parts = text.split(',').map((part) => parseIdRange(part.trim(), text));
  const [first] = parts;
  if (parts.length === 1 && first !== undefined && first.from !== first.to) return first;
  const count = parts.reduce((sum, { from, to }) => sum + to - from + 1, 0);
  if (count > EXPANDED_IDS_AT_MOST) throw badRestaurants(text, `names ${count} ids in a list`);
  return [...new Set(parts.flatMap(({ from, to }) => Array.from({ length: to - from + 1 }, (_, i) => from + i)))];
}

/** `selection` in one canonical form, so that `2,1` and `1-2` are the same; `all` when there is none. */
export function describeRestaurants(selection: RestaurantSelection | undefined): string {
  if (selection === undefined) return 'all';
  return toRanges(selection)
    .map(({ from, to }) => (from === to ? `${from}` : `${from}-${to}`))
    .join(',');
}

function toRanges(selection: RestaurantSelection): { from: number; to: number }[] {
  if (!Array.isArray(selection)) return [selection];
  const ranges: { from: number; to: number }[] = [];
  for (const id of selection.toSorted((a, b) => a - b)) {
    const last = ranges.at(-1);
    if (last !== undefined && id === last.to + 1) last.to = id;
    else ranges.push({ from: id, to: id });
  }
  return ranges;
}

function parseIdRange(part: string, text: string): { from: number; to: number } {
  const match = /^(\d{1,15})(?:-(\d{1,15}))?$/.exec(part);
  if (match === null) throw badRestaurants(text, `'${part}' is neither an id nor a range`);
  const from = Number(match[1]);
  const to = Number(match[2] ?? match[1]);
  if (from < 1) throw badRestaurants(text, 'ids start at 1');
  if (to < from) throw badRestaurants(text, `${from} comes after ${to}`);
  return { from, to };
}

function badRestaurants(text: string, why: string): TablepickError {
  return new TablepickError('BAD_OPTION', `--restaurants ${text}: ${why}`, {
    hint: 'write ids and ranges with commas, e.g. --restaurants 1,2,5-9, or one range of any size',
  });
}

/**
 * Reads `--faults`: `duplicate` or `duplicate,late`.
 *
 * @throws `BAD_OPTION` when one of them is not a fault of a simulation.
 */
export function parseFaults(text: string): Fault[] {
  return text.split(',').map((name) => {
    const found = faultNames.find((fault) => fault === name.trim());
    if (found !== undefined) return found;
    throw new TablepickError('BAD_OPTION', `--faults names '${name}', which never goes wrong`, {
      hint: `choose from ${faultNames.join(', ')}`,
    });
  });
}
