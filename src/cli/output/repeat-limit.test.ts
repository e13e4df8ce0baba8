import { describe, expect, it } from 'vitest';

import { createRepeatLimit } from './repeat-limit.js';

function openLimit() {
  const clock = { ms: 5 };
  return { clock, limit: createRepeatLimit(() => clock.ms) };
}

const told = (message: number, waitMs: number) => `message ${message}: tried again in ${waitMs} ms`;

describe('lines that tell the same', () => {
  it('are left out for 10 seconds, and the next one says how many were', () => {
    const { clock, limit } = openLimit();
    expect(limit(told(1, 200))).toBe(told(1, 200));
    clock.ms += 9999;
    for (let each = 0; each < 1203; each++) expect(limit(told(each, 812))).toBeUndefined();
    clock.ms += 1;
    expect(limit(told(2, 400))).toBe(`${told(2, 400)} (left out 1,203 times since)`);
    expect(limit(told(2, 800))).toBeUndefined();
    clock.ms += 60_000;
    expect(limit(told(3, 200))).toBe(`${told(3, 200)} (left out 1 time since)`);
    clock.ms += 10_000;
    expect(limit(told(4, 200))).toBe(told(4, 200));
  });

  it('hold back no line that tells something else', () => {
    const { limit } = openLimit();
    expect(limit('payments: no answer')).toBe('payments: no answer');
    expect(limit('reservations: no answer')).toBe('reservations: no answer');
    expect(limit('payments: no answer')).toBeUndefined();
  });

  it('are forgotten when 1000 others came after them', () => {
    const { limit } = openLimit();
    for (const text of ['first', 'second']) expect(limit(text)).toBe(text);
    for (let length = 1; length <= 999; length++) limit('x'.repeat(length));
    expect(limit('second')).toBeUndefined();
    expect(limit('first')).toBe('first');
  });
});
