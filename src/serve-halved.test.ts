import { describe, expect, it } from 'vitest';

import { TablepickError } from './errors.js';
import { serveHalved } from './serve-halved.js';

/** Serves numbers. It fails with `error` when one of `bad` is among them. */
async function serveNumbers(items: readonly number[], bad: readonly number[], error: unknown = new Error('refused')) {
  const [calls, served, failed]: [number[][], number[], number[]] = [[], [], []];
  const serve = async (some: readonly number[]): Promise<void> => {
    calls.push([...some]);
    await Promise.resolve();
    if (some.some((item) => bad.includes(item))) throw error;
    served.push(...some);
  };
  await serveHalved(items, serve, (item, why) => {
    expect(why).toBe(error);
    failed.push(item);
  });
  return { calls, served, failed };
}

describe('serveHalved', () => {
  it('serves all by one call when nothing fails, and nothing when there is nothing', async () => {
    expect(await serveNumbers([1, 2, 3], [])).toEqual({ calls: [[1, 2, 3]], served: [1, 2, 3], failed: [] });
    expect(await serveNumbers([], [])).toEqual({ calls: [], served: [], failed: [] });
  });

  it('finds the one that fails, and serves all others in their order', async () => {
    const { calls, served, failed } = await serveNumbers([1, 2, 3, 4, 5], [4]);
    expect({ served, failed }).toEqual({ served: [1, 2, 3, 5], failed: [4] });
    expect(calls).toEqual([[1, 2, 3, 4, 5], [1, 2, 3], [4, 5], [4], [5]]);
  });

  it('finds several that fail', async () => {
    const items = Array.from({ length: 500 }, (_, place) => place);
    const { calls, served, failed } = await serveNumbers(items, [0, 250, 499]);
    expect(failed).toEqual([0, 250, 499]);
    expect(served).toEqual(items.filter((item) => !failed.includes(item)));
    expect(calls.length).toBeLessThan(60);
  });

  it('does not halve when the environment fails: all that is left fails at once', async () => {
    const lost = new TablepickError('CONNECTION_LOST', 'gone', { retriable: true });
    expect((await serveNumbers([1, 2, 3], [3], lost)).failed).toEqual([1, 2, 3]);
    const unknown = new TablepickError('COMMIT_UNKNOWN', 'no answer');
    expect((await serveNumbers([1, 2, 3], [3], unknown)).calls).toHaveLength(1);
  });

  it('stops in the middle when the environment fails then', async () => {
    const failures = [new Error('one of them'), undefined, new TablepickError('ABORTED', 'stopped')];
    const [served, failed]: [number[], number[]] = [[], []];
    const serve = async (some: readonly number[]): Promise<void> => {
      await Promise.resolve();
      const failure = failures.shift();
      if (failure !== undefined) throw failure;
      served.push(...some);
    };
    await serveHalved([1, 2, 3, 4, 5], serve, (item) => failed.push(item));
    expect({ served, failed }).toEqual({ served: [1, 2, 3], failed: [4, 5] });
  });

  it('halves a conflict: one row that somebody holds must not hold up the others', async () => {
    const conflict = new TablepickError('CONFLICT', 'lock wait', { retriable: true });
    expect(await serveNumbers([1, 2], [2], conflict)).toMatchObject({ served: [1], failed: [2] });
  });
});
