import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';

import type { PartitionBatch } from '../transport.js';
import { Assignment } from './assignment.js';

beforeEach(() => vi.useFakeTimers());
afterEach(() => vi.useRealTimers());

function assigned() {
  const stopping = new AbortController();
  const committed: string[] = [];
  const lost = vi.fn();
  const assignment = new Assignment({ stopping: stopping.signal, onError: () => {}, onLost: lost });
  const batchOf = (partition: number, signal: AbortSignal): PartitionBatch => ({
    topic: 't',
    partition,
    messages: [],
    signal,
    commit: (offset) => Promise.resolve(void committed.push(`${partition}: ${offset}`)),
  });
  const begin = (batch: PartitionBatch, ...offsets: bigint[]): void => {
    for (const offset of offsets) assignment.progressOf(batch).begin(offset);
  };
  return { assignment, stopping, committed, lost, batchOf, begin };
}

describe('the assignment', () => {
  it('keeps one progress for all batches of a partition, and one for each partition', async () => {
    const { assignment, committed, batchOf, begin } = assigned();
    const [one, two] = [new AbortController(), new AbortController()];
    begin(batchOf(1, one.signal), 0n, 1n);
    begin(batchOf(1, one.signal), 2n);
    begin(batchOf(2, two.signal), 7n);
    expect(assignment.inFlight).toBe(4);
    assignment.end({ signal: one.signal }, 1n);
    assignment.end({ signal: one.signal }, 0n);
    assignment.end({ signal: two.signal }, 7n);
    await vi.advanceTimersByTimeAsync(100);
    expect(committed).toEqual(['1: 2', '2: 8']);
    expect(assignment.inFlight).toBe(1);
  });

  it('forgets a partition that is lost, tells of it, and commits nothing of it', async () => {
    const { assignment, committed, lost, batchOf, begin } = assigned();
    const partition = new AbortController();
    begin(batchOf(1, partition.signal), 0n, 1n);
    assignment.end({ signal: partition.signal }, 0n);
    partition.abort();
    expect(lost).toHaveBeenCalledTimes(1);
    expect(assignment.inFlight).toBe(0);
    assignment.end({ signal: partition.signal }, 1n);
    await vi.advanceTimersByTimeAsync(1000);
    await assignment.commitAll();
    expect(committed).toEqual([]);
  });

  it('keeps a partition that is lost because the consumer stops, for the last commit', async () => {
    const { assignment, stopping, committed, lost, batchOf, begin } = assigned();
    const partition = new AbortController();
    begin(batchOf(1, partition.signal), 0n);
    assignment.end({ signal: partition.signal }, 0n);
    stopping.abort();
    partition.abort();
    await assignment.commitAll();
    expect(committed).toEqual(['1: 1']);
    expect(lost).not.toHaveBeenCalled();
  });
});
