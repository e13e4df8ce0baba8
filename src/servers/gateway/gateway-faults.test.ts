import { describe, expect, it } from 'vitest';

import { isDownAt, planFaults } from './gateway-faults.js';

describe('the faults of the fake provider', () => {
  it('take it away at the end of each period', () => {
    const times = { downEveryMs: 30, downForMs: 5 };
    const down = Array.from({ length: 60 }, (_, ms) => ms).filter((ms) => isDownAt(ms, times));
    expect(down).toEqual([25, 26, 27, 28, 29, 55, 56, 57, 58, 59]);
    expect(isDownAt(3, { downEveryMs: 0, downForMs: 5 })).toBe(false);
    expect(isDownAt(0, { downEveryMs: 1, downForMs: 1 })).toBe(true);
  });

  it('occur as often as their rate says, and the same with the same seed', () => {
    const names = Array.from({ length: 4000 }, (_, number) => String(number));
    const occurring = (seed: number) =>
      names.filter((name) => planFaults(seed, { failRate: 0.25 }).occurs('failRate', name));
    expect(occurring(1)).toEqual(occurring(1));
    expect(occurring(1)).not.toEqual(occurring(2));
    expect(occurring(1).length / names.length).toBeCloseTo(0.25, 1);
  });

  it('always occur at 1 and never at 0', () => {
    const always = planFaults(1, { errorRate: 1 });
    const names = Array.from({ length: 1000 }, (_, number) => String(number));
    expect(names.every((name) => always.occurs('errorRate', name))).toBe(true);
    expect(names.some((name) => always.occurs('failRate', name))).toBe(false);
  });

  it('change one by one', () => {
    const faults = planFaults(1, { latencyMs: 5 });
    expect(faults.change({ failRate: 0.5 })).toMatchObject({ latencyMs: 5, failRate: 0.5, errorRate: 0 });
  });

  it.each<unknown>([
    { failRate: 1.1 },
    { failRate: -1 },
    { latencyMs: '5' },
    { latencyMs: null },
    { constructor: 1 },
    ['failRate'],
    null,
  ])('are refused as a whole: %j', (changes) => {
    const faults = planFaults(1, { latencyMs: 5 });
    expect(() => faults.change(changes)).toThrow(expect.objectContaining({ code: 'BAD_OPTION' }));
    expect(faults.current()).toMatchObject({ latencyMs: 5, failRate: 0 });
  });
});
