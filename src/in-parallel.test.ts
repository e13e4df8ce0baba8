import { setTimeout as sleep } from 'node:timers/promises';
import { expect, test } from 'vitest';

import { atMost, inParallel } from './in-parallel.js';

test('every item is worked on once, by at most as many workers as asked for', async () => {
  const done: number[] = [];
  let busy = 0;
  let busiest = 0;
  await inParallel([1, 2, 3, 4, 5, 6, 7], { concurrency: 3 }, async (item) => {
    busiest = Math.max(busiest, (busy += 1));
    await sleep(1);
    busy -= 1;
    done.push(item);
  });
  expect(done.toSorted()).toEqual([1, 2, 3, 4, 5, 6, 7]);
  expect(busiest).toBe(3);
});

test('after a failure nothing more is begun and what is in flight ends first', async () => {
  const begun: number[] = [];
  let ended = 0;
  const work = async (item: number): Promise<void> => {
    begun.push(item);
    if (item === 1) throw new Error('first failed');
    await sleep(5);
    ended += 1;
  };
  await expect(inParallel([1, 2, 3, 4], { concurrency: 2 }, work)).rejects.toThrow('first failed');
  expect(begun).toEqual([1, 2]);
  expect(ended).toBe(1);
});

test('a signal lets what is in flight end, and begins nothing more', async () => {
  const stop = new AbortController();
  const begun: number[] = [];
  const work = async (item: number): Promise<void> => {
    begun.push(item);
    if (item === 2) stop.abort(new Error('stopped'));
  };
  await expect(inParallel([1, 2, 3, 4], { concurrency: 1, signal: stop.signal }, work)).rejects.toThrow('stopped');
  expect(begun).toEqual([1, 2]);
});

test('no more than allowed run at once, and each has its own end', async () => {
  let busy = 0;
  let busiest = 0;
  const limited = atMost(2);
  const work = (item: number) => async () => {
    busiest = Math.max(busiest, (busy += 1));
    await sleep(1);
    busy -= 1;
    if (item === 2) throw new Error('two');
    return item;
  };
  const ends = await Promise.allSettled([1, 2, 3, 4].map((item) => limited(work(item))));
  expect(ends.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled', 'fulfilled']);
  expect(busiest).toBe(2);
});
