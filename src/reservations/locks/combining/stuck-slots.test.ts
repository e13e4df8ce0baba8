import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';

import { StuckSlots } from './stuck-slots.js';

beforeEach(() => vi.useFakeTimers());
afterEach(() => vi.useRealTimers());

describe('StuckSlots', () => {
  it('tells when slots are found stuck, and not when none is', () => {
    const onStuck = vi.fn();
    const stuck = new StuckSlots({ onStuck, isDone: () => true });
    stuck.add(new Set());
    expect(onStuck).not.toHaveBeenCalled();
    stuck.add(new Set([1]));
    expect(onStuck).toHaveBeenCalledTimes(1);
    expect([stuck.has(1), stuck.has(2)]).toEqual([true, false]);
  });

  it('knows a slot as stuck before it tells of it, so that who is told can move its requests', () => {
    const seen: boolean[] = [];
    const stuck: StuckSlots = new StuckSlots({ onStuck: () => seen.push(stuck.has(1)), isDone: () => true });
    stuck.add(new Set([1]));
    expect(seen).toEqual([true]);
  });

  it('lets a slot go ten seconds after it was last found stuck', () => {
    const stuck = new StuckSlots({ onStuck: () => {}, isDone: () => true });
    stuck.add(new Set([1]));
    vi.advanceTimersByTime(9_000);
    stuck.add(new Set([1]));
    vi.advanceTimersByTime(9_999);
    expect(stuck.has(1)).toBe(true);
    vi.advanceTimersByTime(1);
    expect(stuck.has(1)).toBe(false);
  });

  it('keeps a slot until all who wait for stuck slots have ended: nobody may overtake them', () => {
    let isDone = false;
    const stuck = new StuckSlots({ onStuck: () => {}, isDone: () => isDone });
    stuck.add(new Set([1]));
    vi.advanceTimersByTime(60_000);
    expect(stuck.has(1)).toBe(true);
    isDone = true;
    expect(stuck.has(1)).toBe(false);
    isDone = false;
    expect(stuck.has(1)).toBe(false);
  });
});
