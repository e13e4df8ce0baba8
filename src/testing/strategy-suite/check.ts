import { isDeepStrictEqual } from 'node:util';

import { type ErrorCode, isTablepickError } from '../../errors.js';
import type { LockGuarantees } from '../../reservations/index.js';
import type { SuiteScene } from './suite-scene.js';

/** One requirement for a strategy. */
export interface Check {
  /** The requirement, as a sentence about the strategy. */
  name: string;
  /** The claim that a strategy must make for this check to apply. Default: it applies to all. */
  claimed?: keyof LockGuarantees;
  /**
   * Resolves with a text about the result, for people.
   *
   * @throws Error that says what does not hold.
   */
  run(scene: SuiteScene): Promise<string>;
}

/** @throws Error unless both are deeply equal. */
export function expectEqual(what: string, found: unknown, expected: unknown): void {
  if (isDeepStrictEqual(found, expected)) return;
  throw new Error(`${what}: ${JSON.stringify(found)} instead of ${JSON.stringify(expected)}`);
}

/** @throws Error unless `promise` is rejected with `code`. */
export async function expectError(what: string, promise: Promise<unknown>, code: ErrorCode): Promise<void> {
  const found: unknown = await promise.catch((error: unknown) => error);
  if (isTablepickError(found, code)) return;
  throw new Error(
    `${what}: ${found instanceof Error ? found.message : JSON.stringify(found)} instead of an error ${code}`,
  );
}

/** The number of items of each kind, as text: `reserved 5, sold-out 3`. */
export function tally(kinds: readonly string[]): string {
  const counts = new Map<string, number>();
  for (const kind of kinds) counts.set(kind, (counts.get(kind) ?? 0) + 1);
  return [...counts]
    .sort()
    .map(([kind, count]) => `${kind} ${count}`)
    .join(', ');
}
