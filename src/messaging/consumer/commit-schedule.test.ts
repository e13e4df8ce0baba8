import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';

import { CommitSchedule } from './commit-schedule.js';
import { PartitionProgress } from './partition-progress.js';

beforeEach(() => vi.useFakeTimers());
afterEach(() => vi.useRealTimers());

/** A schedule over real progress. Its first commits fail with `failures`, in order. */
function scheduled(failures: readonly Error[] = []) {
  const stopping = new AbortController();
  const progress = new PartitionProgress();
  const committed: bigint[] = [];
  const told: unknown[] = [];
  const failNext = [...failures];
  const commits = new CommitSchedule({
    takeCommit: () => progress.takeCommit(),
    takeBack: (offset) => progress.takeBack(offset),
    commit: (offset) => {
      const failure = failNext.shift();
      if (failure !== undefined) return Promise.reject(failure);
      committed.push(offset);
      return Promise.resolve();
    },
    onError: (error) => told.push(error),
    stopping: stopping.signal,
  });
  const done = (offset: bigint): void => {
    progress.begin(offset);
    progress.end(offset);
    commits.soon();
  };
  return { stopping, committed, told, commits, done };
}

describe('the commit schedule', () => {
  it('commits 100 ms after the progress has grown, together with what grows meanwhile', async () => {
    const { committed, done } = scheduled();
    done(0n);
    await vi.advanceTimersByTimeAsync(60);
    done(1n);
    expect(vi.getTimerCount()).toBe(1);
    await vi.advanceTimersByTimeAsync(39);
    expect(committed).toEqual([]);
    await vi.advanceTimersByTimeAsync(1);
    expect(committed).toEqual([2n]);
    done(2n);
    await vi.advanceTimersByTimeAsync(100);
    expect(committed).toEqual([2n, 3n]);
  });

  it('commits nothing where nothing has grown', async () => {
    const { committed, commits } = scheduled();
    commits.soon();
    await vi.advanceTimersByTimeAsync(1000);
    await commits.now();
    expect(committed).toEqual([]);
  });

  it('commits at once when asked to, and not again later', async () => {
    const { committed, commits, done } = scheduled();
    done(0n);
    await commits.now();
    expect(committed).toEqual([1n]);
    await vi.advanceTimersByTimeAsync(1000);
    expect(committed).toEqual([1n]);
    expect(vi.getTimerCount()).toBe(0);
  });

  it('tells of a commit that failed and tries it again after half a second', async () => {
    const failure = new Error('away');
    const { committed, told, done } = scheduled([failure]);
    done(0n);
    await vi.advanceTimersByTimeAsync(100);
    expect(told).toEqual([failure]);
    await vi.advanceTimersByTimeAsync(499);
    expect(committed).toEqual([]);
    await vi.advanceTimersByTimeAsync(1);
    expect(committed).toEqual([1n]);
  });

  it('leaves a commit that failed once the consumer stops', async () => {
    const { stopping, committed, commits, done } = scheduled([new Error('away')]);
    done(0n);
    stopping.abort();
    await commits.now();
    await vi.advanceTimersByTimeAsync(10_000);
    expect(committed).toEqual([]);
    expect(vi.getTimerCount()).toBe(0);
  });

  it('commits nothing of a partition that is lost, also when a commit under way fails', async () => {
    const { committed, commits, done } = scheduled([new Error('not yours')]);
    done(0n);
    const underWay = commits.now();
    commits.end();
    await underWay;
    done(1n);
    await vi.advanceTimersByTimeAsync(10_000);
    expect(committed).toEqual([]);
    expect(vi.getTimerCount()).toBe(0);
  });
});
