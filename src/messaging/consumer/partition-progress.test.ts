import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { PartitionProgress } from './partition-progress.js';

describe('the progress of a partition', () => {
  it('is the lowest message that is not done, in whatever order they are done', () => {
    fc.assert(
      fc.property(fc.shuffledSubarray([...Array(12).keys()]), (order) => {
        const progress = new PartitionProgress();
        for (let offset = 0; offset < 12; offset += 1) progress.begin(BigInt(offset));
        const open = new Set([...Array(12).keys()]);
        let committed = 0n;
        for (const offset of order) {
          open.delete(offset);
          progress.end(BigInt(offset));
          const lowest = BigInt(Math.min(12, ...open));
          const commit = progress.takeCommit();
          if (commit !== undefined) committed = commit;
          expect(committed).toBe(lowest);
          expect(progress.size).toBe(open.size);
        }
      }),
    );
  });

  it('is told once', () => {
    const progress = new PartitionProgress();
    expect(progress.takeCommit()).toBeUndefined();
    progress.begin(7n);
    progress.end(7n);
    expect(progress.takeCommit()).toBe(8n);
    expect(progress.takeCommit()).toBeUndefined();
  });
});
