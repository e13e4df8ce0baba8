import { TablepickError } from './errors.js';

/** The longest time that a timer of Node can wait, in milliseconds: 24 days. */
export const LONGEST_TIMER_MS = 2 ** 31 - 1;

/** Which whole numbers an option takes, and what is said of others. */
export interface IntegerRule {
  /** The least that is taken. */
  min: number;
  /** The most that is taken; without it the largest number that is exact. */
  max?: number;
  /** Instead of the message that names option, value and `min`. */
  message?: string;
  hint?: string;
}

/**
 * The value of the option `name`, once it is known to be a whole number from `min` to `max`.
 *
 * @throws `BAD_OPTION` when it is not; not retriable.
 */
export function checkInteger(name: string, value: number, { min, max, message, hint }: IntegerRule): number {
  if (Number.isSafeInteger(value) && value >= min && value <= (max ?? value)) return value;
  const text = message ?? `${name} is ${value}, but must be a whole number of ${min} or more`;
  throw new TablepickError('BAD_OPTION', text, hint === undefined ? {} : { hint });
}

/**
 * Refuses a value of the option `name` that is none of `choices`.
 *
 * @throws `BAD_OPTION`, with the choices as hint; not retriable.
 */
export function checkChoice(name: string, value: string, choices: readonly string[]): void {
  if (choices.includes(value)) return;
  throw new TablepickError('BAD_OPTION', `${name} is ${JSON.stringify(value)}`, {
    hint: `choose from ${choices.join(', ')}`,
  });
}
