import { TablepickError } from './errors.js';

/** The longest wait of a Node timer, in milliseconds: 24 days. */
export const LONGEST_TIMER_MS = 2 ** 31 - 1;

/** The allowed whole numbers of an option, and the error for others. */
export interface IntegerRule {
  /** The smallest allowed number. */
  min: number;
  /** The largest allowed number. Default: the largest exact number. */
  max?: number;
  /** Replaces the default message, which names option, value and `min`. */
  message?: string;
  hint?: string;
}

/**
 * Checks that the option `name` is a whole number from `min` to `max`, and returns its value.
 *
 * @throws `BAD_OPTION` when it is not; not retriable.
 */
export function checkInteger(name: string, value: number, { min, max, message, hint }: IntegerRule): number {
  if (Number.isSafeInteger(value) && value >= min && value <= (max ?? value)) return value;
  const text = message ?? `${name} is ${value}, but must be a whole number of ${min} or more`;
  throw new TablepickError('BAD_OPTION', text, hint === undefined ? {} : { hint });
}

/**
 * Refuses the value of the option `name` when it is not in `choices`.
 *
 * @throws `BAD_OPTION`, with the choices as hint; not retriable.
 */
export function checkChoice(name: string, value: string, choices: readonly string[]): void {
  if (choices.includes(value)) return;
  throw new TablepickError('BAD_OPTION', `${name} is ${JSON.stringify(value)}`, {
    hint: `choose from ${choices.join(', ')}`,
  });
}
