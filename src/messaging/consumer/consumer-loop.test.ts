import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';

import type { PartitionAssignment, PartitionBatch } from '../transport.js';
import { ConsumerLoop, type ConsumerLoopOptions } from './consumer-loop.js';
import type { Delivery } from './delivery.js';
import type { RunResult } from './key-queues.js';

beforeEach(() => vi.useFakeTimers());
afterEach(() => vi.useRealTimers());

const DONE: RunResult = { kind: 'done' };

/** A loop that notes what it handles, and a partition to feed it. */
function looping(options: Partial<ConsumerLoopOptions> = {}) {
  const stopping = new AbortController();
  const partition = new AbortController();
  const handled: string[] = [];
  const committed: bigint[] = [];
  const told: unknown[] = [];
  const loop = new ConsumerLoop({
    concurrency: 16,
    maxInFlight: 1000,
    retryTopic: 'g.retry',
    stopping: stopping.signal,
    findSettled: () => Promise.resolve(new Set()),
    handle: ({ received }) => {
      handled.push(received.headers.id!);
      return Promise.resolve(DONE);
    },
    onError: (error) => told.push(error),
    ...options,
  });
  const commit = (offset: bigint): Promise<void> => Promise.resolve(void committed.push(offset));
  const assignment: PartitionAssignment = { topic: 't', partition: 0, signal: partition.signal, commit };
  const batchOf = (keys: readonly string[], { first = 0, topic = 't' } = {}): PartitionBatch => ({
    assignment: topic === 't' ? assignment : { ...assignment, topic },
    messages: keys.map((key, place) => {
      const offset = BigInt(first + place);
      return { topic, key, value: '{}', headers: { id: `${key}${offset}` }, partition: 0, offset };
    }),
  });
  return { loop, stopping, partition, handled, committed, told, batchOf };
}

/** Deliveries that end when the test says so. */
function heldHandling(): { handle: ConsumerLoopOptions['handle']; begun: string[]; end: (id: string) => void } {
  const begun: string[] = [];
  const ends = new Map<string, () => void>();
  const handle = ({ received }: Delivery): Promise<RunResult> => {
    const id = received.headers.id!;
    begun.push(id);
    return new Promise((resolve) => ends.set(id, () => resolve(DONE)));
  };
  return { handle, begun, end: (id) => ends.get(id)!() };
}

async function settle(): Promise<void> {
  await vi.advanceTimersByTimeAsync(0);
}

describe('the consumer loop', () => {
  it('handles the messages of a key in order and commits when all below are done', async () => {
    const { handle, begun, end } = heldHandling();
    const { loop, batchOf, committed } = looping({ handle });
    await loop.take(batchOf(['a', 'b', 'a']));
    expect(begun).toEqual(['a0', 'b1']);
    end('b1');
    await vi.advanceTimersByTimeAsync(100);
    expect(committed).toEqual([0n]);
    end('a0');
    await settle();
    expect(begun).toEqual(['a0', 'b1', 'a2']);
    end('a2');
    await vi.advanceTimersByTimeAsync(100);
    expect(committed).toEqual([0n, 3n]);
  });

  it('takes no more of a partition while more than maxInFlight are not done', async () => {
    const { handle, end } = heldHandling();
    const { loop, batchOf } = looping({ handle, maxInFlight: 2 });
    const taken = vi.fn();
    void loop.take(batchOf(['a', 'b', 'c', 'd'])).then(taken);
    await settle();
    end('a0');
    await settle();
    expect(taken).not.toHaveBeenCalled();
    end('c2');
    await settle();
    expect(taken).toHaveBeenCalledTimes(1);
  });

  it.each(['partition', 'stopping'] as const)('waits for capacity no longer once it is over: %s', async (which) => {
    const { handle } = heldHandling();
    const made = looping({ handle, maxInFlight: 1 });
    const taken = vi.fn();
    void made.loop.take(made.batchOf(['a', 'b', 'c'])).then(taken);
    await settle();
    made[which].abort();
    await settle();
    expect(taken).toHaveBeenCalledTimes(1);
  });

  it('marks what is settled already, by the id of the message', async () => {
    const seen: [string, boolean][] = [];
    const { loop, batchOf } = looping({
      findSettled: (ids) => Promise.resolve(new Set(ids.slice(1))),
      handle: ({ received, isSettled }) => Promise.resolve((seen.push([received.headers.id!, isSettled]), DONE)),
    });
    await loop.take(batchOf(['a', 'b']));
    await settle();
    expect(seen).toEqual([
      ['a0', false],
      ['b1', true],
    ]);
  });

  it('asks again, half a second later, for what the database did not tell, and handles nothing before', async () => {
    const away = new Error('away');
    const findSettled = vi.fn().mockRejectedValueOnce(away).mockResolvedValue(new Set());
    const { loop, batchOf, handled, told } = looping({ findSettled });
    const taking = loop.take(batchOf(['a']));
    await vi.advanceTimersByTimeAsync(499);
    expect(findSettled).toHaveBeenCalledTimes(1);
    expect(handled).toEqual([]);
    await vi.advanceTimersByTimeAsync(1);
    await taking;
    expect(told).toEqual([away]);
    expect(handled).toEqual(['a0']);
  });

  it.each(['partition', 'stopping'] as const)(
    'drops a batch when it is over while the database is asked: %s',
    async (which) => {
      let answer: (settled: Set<string>) => void = () => {};
      const findSettled = (): Promise<Set<string>> => new Promise((resolve) => (answer = resolve));
      const made = looping({ findSettled });
      const taking = made.loop.take(made.batchOf(['a']));
      made[which].abort();
      answer(new Set());
      await taking;
      await settle();
      expect(made.handled).toEqual([]);
    },
  );

  it('does not handle what is in line of a partition that was lost', async () => {
    const { handle, begun, end } = heldHandling();
    const { loop, batchOf, partition, committed } = looping({ handle });
    await loop.take(batchOf(['a', 'a']));
    partition.abort();
    end('a0');
    await vi.advanceTimersByTimeAsync(1000);
    expect(begun).toEqual(['a0']);
    expect(committed).toEqual([]);
  });

  it('tries a message again later and commits nothing above it until then', async () => {
    const handle = vi.fn().mockResolvedValueOnce({ kind: 'again', inMs: 300 }).mockResolvedValue(DONE);
    const { loop, batchOf, committed } = looping({ handle });
    await loop.take(batchOf(['a', 'b']));
    await vi.advanceTimersByTimeAsync(299);
    expect(committed).toEqual([0n]);
    await vi.advanceTimersByTimeAsync(101);
    expect(committed).toEqual([0n, 2n]);
  });

  it('does not take a batch of a second assignment while the first one lasts, and tells of it', async () => {
    const { handle, begun, end } = heldHandling();
    const { loop, partition, batchOf, told, committed } = looping({ handle });
    await loop.take(batchOf(['a', 'b']));
    const next = batchOf(['c'], { first: 2 });
    const second = { ...next.assignment, signal: new AbortController().signal };
    await loop.take({ ...next, assignment: second });
    await settle();
    end('b1');
    await vi.advanceTimersByTimeAsync(100);
    expect(begun).toEqual(['a0', 'b1']);
    expect(told).toMatchObject([{ code: 'TRANSPORT_FAILED', message: expect.stringContaining('t/0') as string }]);
    expect(committed, 'nothing past the open message').toEqual([0n]);
    expect(loop.hasRefused).toBe(true);
    loop.forgetRefused();
    partition.abort();
    await loop.take(next);
    expect(loop.hasRefused, 'a batch that is over is none to come again').toBe(false);
    await loop.take({ ...next, assignment: second });
    await settle();
    expect(begun).toEqual(['a0', 'b1', 'c2']);
  });

  it('lets messages of the retry topic wait for nobody of their key', async () => {
    const { handle, begun } = heldHandling();
    const { loop, batchOf } = looping({ handle });
    await loop.take(batchOf(['a', 'a'], { topic: 'g.retry' }));
    expect(begun).toEqual(['a0', 'a1']);
  });

  it('ends by waiting for what is being handled, forgets the rest, and commits', async () => {
    const { handle, begun, end } = heldHandling();
    const { loop, batchOf, stopping, committed } = looping({ handle });
    await loop.take(batchOf(['a', 'a']));
    stopping.abort();
    const ended = vi.fn();
    void loop.end().then(ended);
    await settle();
    expect(ended).not.toHaveBeenCalled();
    end('a0');
    await settle();
    expect(ended).toHaveBeenCalledTimes(1);
    expect(begun).toEqual(['a0']);
    expect(committed).toEqual([1n]);
  });

  it('is quiet only when nothing came since and nothing is under way', async () => {
    const { handle, end } = heldHandling();
    const { loop, batchOf } = looping({ handle });
    const before = performance.now();
    await vi.advanceTimersByTimeAsync(10);
    await loop.take(batchOf(['a']));
    expect(loop.isQuiet(before)).toBe(false);
    await vi.advanceTimersByTimeAsync(10);
    expect(loop.isQuiet(performance.now())).toBe(false);
    end('a0');
    await settle();
    expect(loop.isQuiet(performance.now())).toBe(false);
    await vi.advanceTimersByTimeAsync(1);
    expect(loop.isQuiet(performance.now())).toBe(true);
    expect(loop.isQuiet(before)).toBe(false);
  });
});
