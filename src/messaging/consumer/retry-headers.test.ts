import { describe, expect, it } from 'vitest';

import type { Delivery } from './delivery.js';
import type { RetryPolicy } from './handler.js';
import { attemptOf, laterMessage, notBefore } from './retry-headers.js';

const RETRY: RetryPolicy = { kind: 'retry-topic', attempts: 5, baseMs: 100, capMs: 1000 };
const SETTINGS = { retry: RETRY, group: 'g' };

function deliveryOf(headers: Record<string, string> = {}, { topic = 'g.retry', failures = 0 } = {}): Delivery {
  const signal = new AbortController().signal;
  const received = { topic, key: 'k', value: '{}', headers, partition: 0, offset: 1n };
  const assignment = { topic, partition: 0, signal, commit: () => Promise.resolve() };
  const firstFailureAt = new Date('2026-12-01T10:00:00Z');
  return { received, assignment, isSettled: false, takenAtMs: 0, failures, firstFailureAt };
}

describe('the headers of a retry', () => {
  it('count the tries of earlier deliveries and those of this one', () => {
    expect(attemptOf(SETTINGS, deliveryOf())).toBe(1);
    expect(attemptOf(SETTINGS, deliveryOf({ failures: '2' }, { failures: 1 }))).toBe(4);
  });

  it.each(['-1', '1.5', 'many', '6', ''])('do not count what cannot be a number of tries: %j', (failures) => {
    expect(attemptOf(SETTINGS, deliveryOf({ failures }))).toBe(1);
  });

  it('mean nothing in a topic that is not the group’s own, nor where it tries again in place', () => {
    expect(attemptOf(SETTINGS, deliveryOf({ failures: '2' }, { topic: 'orders' }))).toBe(1);
    const inPlace = { ...SETTINGS, retry: { ...RETRY, kind: 'blocking' as const } };
    expect(attemptOf(inPlace, deliveryOf({ failures: '2' }))).toBe(1);
    expect(notBefore(SETTINGS, deliveryOf({ notBefore: '99' }, { topic: 'orders' }).received)).toBe(0);
  });

  it('tell when it is tried again, never later than the longest wait', () => {
    const soon = Date.now() + 500;
    expect(notBefore(SETTINGS, deliveryOf({ notBefore: String(soon) }).received)).toBe(soon);
    const late = notBefore(SETTINGS, deliveryOf({ notBefore: String(Date.now() + 86_400_000) }).received);
    expect(late).toBeLessThanOrEqual(Date.now() + RETRY.capMs);
    expect(notBefore(SETTINGS, deliveryOf({ notBefore: 'soon' }).received)).toBe(0);
  });

  it('come from the failure and keep what an earlier one has said', () => {
    const at = { topic: 'g.retry', attempt: 2, waitMs: 50 };
    const first = laterMessage(deliveryOf({ id: '1' }, { topic: 'orders' }), at);
    expect(first).toMatchObject({
      topic: 'g.retry',
      key: 'k',
      value: '{}',
      headers: { id: '1', aggregate: 'orders', failures: '2', firstFailureAt: '2026-12-01T10:00:00.000Z' },
    });
    const earlier = { aggregate: 'orders', firstFailureAt: '2026-11-30T00:00:00.000Z', failures: '2' };
    expect(laterMessage(deliveryOf(earlier), { ...at, attempt: 3 }).headers).toMatchObject({
      ...earlier,
      failures: '3',
    });
  });
});
