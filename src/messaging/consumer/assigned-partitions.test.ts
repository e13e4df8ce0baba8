import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';

import type { PartitionAssignment } from '../transport.js';
import { AssignedPartitions } from './assigned-partitions.js';

beforeEach(() => vi.useFakeTimers());
afterEach(() => vi.useRealTimers());

function assigned() {
  const stopping = new AbortController();
  const committed: string[] = [];
  const lost = vi.fn();
  const told = vi.fn();
  const partitions = new AssignedPartitions({ stopping: stopping.signal, onError: told, onLost: lost });
  const assign = (partition: number): { assignment: PartitionAssignment; lose: () => void } => {
    const controller = new AbortController();
    const commit = (offset: bigint): Promise<void> => Promise.resolve(void committed.push(`${partition}: ${offset}`));
    return { assignment: { topic: 't', partition, signal: controller.signal, commit }, lose: () => controller.abort() };
  };
  const begin = (assignment: PartitionAssignment, ...offsets: bigint[]): void => {
    for (const offset of offsets) partitions.progressOf(assignment)!.begin(offset);
  };
  return { partitions, stopping, committed, lost, told, assign, begin };
}

describe('the assigned partitions', () => {
  it('have one progress for an assignment, and one for each partition', async () => {
    const { partitions, committed, assign, begin } = assigned();
    const [one, two] = [assign(1).assignment, assign(2).assignment];
    begin(one, 0n, 1n);
    begin(one, 2n);
    begin(two, 7n);
    expect(partitions.inFlight).toBe(4);
    partitions.end(one, 1n);
    partitions.end(one, 0n);
    partitions.end(two, 7n);
    await vi.advanceTimersByTimeAsync(100);
    expect(committed).toEqual(['1: 2', '2: 8']);
    expect(partitions.inFlight).toBe(1);
  });

  it('forget one that is lost, tell of it, and commit nothing of it', async () => {
    const { partitions, committed, lost, assign, begin } = assigned();
    const { assignment, lose } = assign(1);
    begin(assignment, 0n, 1n);
    partitions.end(assignment, 0n);
    lose();
    expect(lost).toHaveBeenCalledTimes(1);
    expect(partitions.inFlight).toBe(0);
    partitions.end(assignment, 1n);
    await vi.advanceTimersByTimeAsync(1000);
    await partitions.commitAll();
    expect(committed).toEqual([]);
  });

  it('have another progress when the partition comes back, which the end of an earlier message does not touch', async () => {
    const { partitions, committed, told, assign, begin } = assigned();
    const [first, second] = [assign(1), assign(1)];
    begin(first.assignment, 0n, 1n);
    first.lose();
    begin(second.assignment, 0n, 1n);
    partitions.end(first.assignment, 0n);
    partitions.end(second.assignment, 1n);
    await vi.advanceTimersByTimeAsync(100);
    expect(committed).toEqual(['1: 0']);
    expect(told).not.toHaveBeenCalled();
  });

  it('refuse a second assignment of a partition while the first one lasts', () => {
    const { partitions, told, assign, begin } = assigned();
    begin(assign(1).assignment, 0n);
    expect(partitions.progressOf(assign(1).assignment)).toBeUndefined();
    expect(told).toHaveBeenCalledTimes(1);
    expect(told.mock.calls[0]![0]).toMatchObject({ code: 'TRANSPORT_FAILED' });
  });

  it('have no progress for an assignment that is over, and tell nothing of it', () => {
    const { partitions, told, lost, assign, begin } = assigned();
    const [first, second] = [assign(1), assign(1)];
    first.lose();
    begin(second.assignment, 0n);
    expect(partitions.progressOf(first.assignment)).toBeUndefined();
    expect(told).not.toHaveBeenCalled();
    expect(lost).not.toHaveBeenCalled();
  });

  it('keep one that is lost because the consumer stops, for the last commit', async () => {
    const { partitions, stopping, committed, lost, assign, begin } = assigned();
    const { assignment, lose } = assign(1);
    begin(assignment, 0n);
    partitions.end(assignment, 0n);
    stopping.abort();
    lose();
    await partitions.commitAll();
    expect(committed).toEqual(['1: 1']);
    expect(lost).not.toHaveBeenCalled();
  });
});
