import { setImmediate as nextTurn } from 'node:timers/promises';

import { describe, expect, it } from 'vitest';

import { CallQueue, type CallQueueOptions } from './call-queue.js';
import { TablepickError } from './errors.js';

interface Batch {
  calls: readonly number[];
  answer: (answers: readonly (string | Error)[]) => void;
  refuse: (error: unknown) => void;
}

/** A queue whose batches the test answers. */
function openQueue(options: Omit<CallQueueOptions<number, string>, 'serve'> = {}) {
  const batches: Batch[] = [];
  const serve = (calls: readonly number[]): Promise<readonly (string | Error)[]> =>
    new Promise((answer, refuse) => batches.push({ calls, answer, refuse }));
  const batch = async (place: number): Promise<Batch> => {
    while (batches.length <= place) await nextTurn();
    return batches[place]!;
  };
  return { queue: new CallQueue<number, string>({ ...options, serve }), batches, batch };
}

const settle = (calls: readonly Promise<string>[]) =>
  Promise.all(calls.map((call) => call.catch((error: unknown) => (error as Error).message)));

describe('CallQueue', () => {
  it('serves a single call at once', async () => {
    const { queue, batches } = openQueue();
    const call = queue.call(1);
    await nextTurn();
    expect(batches.map(({ calls }) => calls)).toEqual([[1]]);
    batches[0]!.answer(['one']);
    expect(await call).toBe('one');
  });

  it('collects calls while a batch is served, and keeps their order', async () => {
    const { queue, batches, batch } = openQueue();
    const first = [1, 2].map((call) => queue.call(call));
    await nextTurn();
    const later = [3, 4, 5].map((call) => queue.call(call));
    await nextTurn();
    expect(batches.map(({ calls }) => calls)).toEqual([[1, 2]]);
    batches[0]!.answer(['1', '2']);
    expect(await settle(first)).toEqual(['1', '2']);
    (await batch(1)).answer(['3', '4', '5']);
    expect(await settle(later)).toEqual(['3', '4', '5']);
  });

  it('takes no more than `most` calls into a batch, and serves `concurrency` batches at once', async () => {
    const { queue, batches, batch } = openQueue({ most: 2, concurrency: 2 });
    const calls = [1, 2, 3, 4, 5].map((call) => queue.call(call));
    await nextTurn();
    expect(batches.map((batch) => batch.calls)).toEqual([
      [1, 2],
      [3, 4],
    ]);
    batches[1]!.answer(['3', '4']);
    await settle(calls.slice(2, 4));
    expect((await batch(2)).calls).toEqual([5]);
    batches[0]!.answer(['1', '2']);
    batches[2]!.answer(['5']);
    expect(await settle(calls)).toEqual(['1', '2', '3', '4', '5']);
  });

  it('rejects a call whose answer is an error, and no other', async () => {
    const { queue, batch } = openQueue();
    const calls = [1, 2].map((call) => queue.call(call));
    (await batch(0)).answer([new Error('not this one'), '2']);
    expect(await settle(calls)).toEqual(['not this one', '2']);
  });

  it('halves a batch that fails down to the call that fails alone, then goes on', async () => {
    const serve = async (calls: readonly number[]): Promise<string[]> => {
      await nextTurn();
      if (calls.includes(3)) throw new Error('three');
      return calls.map(String);
    };
    const queue = new CallQueue({ serve });
    expect(await settle([1, 2, 3, 4].map((call) => queue.call(call)))).toEqual(['1', '2', 'three', '4']);
    expect(await queue.call(5)).toBe('5');
  });

  it('fails all at once when the environment fails, and serves later calls', async () => {
    const { queue, batch } = openQueue();
    const calls = [1, 2].map((call) => queue.call(call));
    (await batch(0)).refuse(new TablepickError('POOL_TIMEOUT', 'no connection'));
    expect(await settle(calls)).toEqual(['no connection', 'no connection']);
    const later = queue.call(3);
    (await batch(1)).answer(['3']);
    expect(await later).toBe('3');
  });

  it('withdraws a waiting call when its signal fires; one that was taken gets its answer', async () => {
    const { queue, batches, batch } = openQueue();
    const stop = new AbortController();
    const taken = queue.call(1, stop.signal);
    await nextTurn();
    const waiting = queue.call(2, stop.signal);
    const other = queue.call(3);
    stop.abort();
    await expect(waiting).rejects.toMatchObject({ code: 'ABORTED' });
    await expect(queue.call(4, stop.signal)).rejects.toMatchObject({ code: 'ABORTED' });
    batches[0]!.answer(['1']);
    expect(await taken).toBe('1');
    expect((await batch(1)).calls).toEqual([3]);
    batches[1]!.answer(['3']);
    expect(await other).toBe('3');
  });

  it('refuses a wrong number of answers', async () => {
    const { queue, batch } = openQueue();
    const call = queue.call(1);
    (await batch(0)).answer([]);
    await expect(call).rejects.toThrow('0 answers to 1 calls');
  });
});
