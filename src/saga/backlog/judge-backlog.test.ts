import { describe, expect, it } from 'vitest';

import { judgeBacklog } from './judge-backlog.js';

const hold = 600_000;

describe('judgeBacklog', () => {
  it.each([
    ['all is settled before the hold ends', { waiting: 27_000, settledPerSecond: 45, busyMs: 10_000 }, undefined],
    ['it takes three seconds too long', { waiting: 27_135, settledPerSecond: 45, busyMs: 10_000 }, 3],
    ['it takes far too long', { waiting: 1_000_000, settledPerSecond: 45, busyMs: 10_000 }, 60],
    ['the pace is not known yet', { waiting: 1_000_000, settledPerSecond: 45, busyMs: 1999 }, undefined],
    ['nothing was settled yet', { waiting: 1_000_000, settledPerSecond: 0, busyMs: 299_000 }, undefined],
    ['nothing was settled for half of a hold', { waiting: 5000, settledPerSecond: 0, busyMs: 301_000 }, 60],
  ])('when %s', (_, pace, retryAfterSeconds) => {
    expect(judgeBacklog(pace, hold)).toBe(retryAfterSeconds);
  });
});
