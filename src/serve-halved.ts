import { isTablepickError } from './errors.js';

/**
 * Serves items together. When one of them makes all fail, it is found by halving, so that the others do not fail with
 * it. Items keep their order. When the environment fails, all items that were not served fail at once.
 *
 * @param serve All or nothing: when it rejects, it has done nothing for any of the items.
 * @param onFailed Called for each item that was not served.
 */
export async function serveHalved<Item>(
  items: readonly Item[],
  serve: (items: readonly Item[]) => Promise<void>,
  onFailed: (item: Item, error: unknown) => void,
): Promise<void> {
  const left = [items];
  for (let some = left.pop(); some !== undefined; some = left.pop()) {
    try {
      if (some.length > 0) await serve(some);
    } catch (error) {
      if (isOfAll(error)) return [some, ...left.reverse()].flat().forEach((item) => onFailed(item, error));
      const middle = Math.ceil(some.length / 2);
      if (some.length === 1) onFailed(some[0]!, error);
      else left.push(some.slice(middle), some.slice(0, middle));
    }
  }
}

/**
 * True when the error comes from the environment, so other items would fail with it, too. A conflict is not: one row
 * that somebody holds for long makes all fail that are served with it.
 */
export function isOfAll(error: unknown): boolean {
  if (!isTablepickError(error) || error.code === 'CONFLICT') return false;
  if (error.retriable) return true;
  return isTablepickError(error, 'ABORTED', 'COMMIT_UNKNOWN', 'DISK_FULL', 'POOL_TIMEOUT', 'SERVER_UNREACHABLE');
}
