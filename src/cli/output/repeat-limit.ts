import { formatQuantity } from './format.js';

/** Returns the line to print, or undefined when it is left out. */
export type RepeatLimit = (line: string) => string | undefined;

/** A line that tells the same is left out for this time. */
const PAUSE_MS = 10_000;

/** So many lines are remembered. */
const MOST_REMEMBERED = 1000;

/**
 * Leaves out lines that tell what was printed within the last 10 s, and counts them. The next one that is printed says
 * how many were left out. Lines that differ in numbers alone tell the same: they name other messages and other waits.
 */
export function createRepeatLimit(now: () => number = () => performance.now()): RepeatLimit {
  const printed = new Map<string, { atMs: number; leftOut: number }>();
  return (line) => {
    const said = line.replace(/\d+/g, '0');
    const last = printed.get(said);
    if (last !== undefined && now() - last.atMs < PAUSE_MS) {
      last.leftOut += 1;
      return undefined;
    }
    printed.delete(said);
    printed.set(said, { atMs: now(), leftOut: 0 });
    forgetOldest(printed);
    const leftOut = last?.leftOut ?? 0;
    return leftOut === 0 ? line : `${line} (left out ${formatQuantity(leftOut, 'time')} since)`;
  };
}

/** A map lists its keys in the order in which they came. */
function forgetOldest(printed: Map<string, unknown>): void {
  const [oldest] = printed.keys();
  if (printed.size > MOST_REMEMBERED && oldest !== undefined) printed.delete(oldest);
}
