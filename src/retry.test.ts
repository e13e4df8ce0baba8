import { describe, expect, it } from 'vitest';

import { TablepickError } from './errors.js';
import { backoffMs, defaultRetryBudgets, retryTransient } from './retry.js';
import type { RetryEvent } from './retry.js';

const budgets = {
  conflict: { retries: 3, baseMs: 1, capMs: 2 },
  connection: { retries: 1, baseMs: 1, capMs: 2 },
};

function failing(times: number, error: unknown): { work: () => Promise<string>; calls: () => number } {
  let calls = 0;
  return {
    calls: () => calls,
    work: async () => {
      calls += 1;
      if (calls <= times) throw error;
      return 'done';
    },
  };
}

const conflict = new TablepickError('CONFLICT', 'deadlock', { retriable: true });
const lost = new TablepickError('CONNECTION_LOST', 'gone', { retriable: true });

describe('backoffMs', () => {
  it('doubles up to its cap and spreads over the whole of it', () => {
    const budget = { retries: 9, baseMs: 10, capMs: 100 };
    expect([1, 2, 3, 4, 5, 9].map((attempt) => backoffMs(budget, attempt, 0.999999))).toEqual([
      10, 20, 40, 80, 100, 100,
    ]);
    expect(backoffMs(budget, 5, 0)).toBe(0);
  });
});

describe('retryTransient', () => {
  it('repeats the unit of work while its class has budget, and tells each retry', async () => {
    const { work, calls } = failing(3, conflict);
    const events: RetryEvent[] = [];
    expect(await retryTransient(work, { budgets, onRetry: (event) => events.push(event) })).toBe('done');
    expect(calls()).toBe(4);
    expect(events.map(({ attempt }) => attempt)).toEqual([1, 2, 3]);
  });

  it('has a budget for lost connections apart from that of conflicts', async () => {
    const { work, calls } = failing(2, lost);
    await expect(retryTransient(work, { budgets })).rejects.toBe(lost);
    expect(calls()).toBe(2);
  });

  it('never repeats after an unknown COMMIT or an error that is not its own', async () => {
    for (const error of [new TablepickError('COMMIT_UNKNOWN', 'no answer'), new Error('defect')]) {
      const { work, calls } = failing(1, error);
      await expect(retryTransient(work, { budgets })).rejects.toBe(error);
      expect(calls()).toBe(1);
    }
  });

  it('stops waiting when its signal fires', async () => {
    const { work } = failing(Infinity, lost);
    const signal = AbortSignal.timeout(20);
    const patient = { ...defaultRetryBudgets, connection: { retries: 5, baseMs: 1e7, capMs: 1e8 } };
    await expect(retryTransient(work, { budgets: patient, signal })).rejects.toMatchObject({ code: 'ABORTED' });
  });
});
