import { describe, expect, it } from 'vitest';

import type { PartitionAssignment } from './transport.js';
import { lastingUntil } from './lasting-until.js';

function lasting() {
  const [over, lost] = [new AbortController(), new AbortController()];
  const committed: bigint[] = [];
  const commit = (offset: bigint): Promise<void> => Promise.resolve(void committed.push(offset));
  const assignment: PartitionAssignment = { topic: 't', partition: 3, signal: lost.signal, commit };
  return { over, lost, committed, assignment, change: lastingUntil(over.signal) };
}

describe('an assignment that lasts until something is over', () => {
  it('is one object for one assignment, and commits as it does', async () => {
    const { assignment, change, committed } = lasting();
    expect(change(assignment)).toMatchObject({ topic: 't', partition: 3 });
    expect(change(assignment)).toBe(change(assignment));
    expect(change({ ...assignment })).not.toBe(change(assignment));
    await change(assignment).commit(7n);
    expect(committed).toEqual([7n]);
  });

  it.each(['over', 'lost'] as const)('ends with the first of the two: %s', (which) => {
    const { assignment, change, ...made } = lasting();
    const { signal } = change(assignment);
    expect(signal.aborted).toBe(false);
    made[which].abort();
    expect(signal.aborted).toBe(true);
  });

  it('is over at once when it comes afterwards', () => {
    const { over, assignment, change } = lasting();
    over.abort();
    expect(change(assignment).signal.aborted).toBe(true);
  });
});
