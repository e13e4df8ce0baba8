import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { type Holding, MostSeats } from './most-seats.js';

const moment = fc.oneof(fc.integer({ min: 0, max: 12 }), fc.constant(-Infinity), fc.constant(Infinity));
const holding: fc.Arbitrary<Holding> = fc
  .tuple(moment, moment, fc.integer({ min: 1, max: 5 }))
  .map(([one, other, seats]) => ({ fromMs: Math.min(one, other), toMs: Math.max(one, other), seats }));
const span = fc.tuple(fc.integer({ min: -1, max: 13 }), fc.integer({ min: -1, max: 13 }));

describe('the most seats held at once', () => {
  it('within a span is what looking at every half moment finds', () => {
    fc.assert(
      fc.property(fc.array(holding, { maxLength: 12 }), span, (holdings, [one, other]) => {
        const [from, to] = [Math.min(one, other), Math.max(one, other)];
        const halves = Array.from({ length: 2 * (to - from) + 1 }, (_, step) => from + step / 2);
        const sums = halves.map((at) =>
          holdings.reduce((sum, { fromMs, toMs, seats }) => (fromMs <= at && at <= toMs ? sum + seats : sum), 0),
        );
        expect(new MostSeats(holdings).within(from, to)).toBe(Math.max(...sums));
      }),
      { numRuns: 2000 },
    );
  });

  it('counts holdings that only touch the span, or each other', () => {
    const most = new MostSeats([
      { fromMs: 0, toMs: 10, seats: 2 },
      { fromMs: 10, toMs: 20, seats: 3 },
    ]);
    expect(most.within(20, 30)).toBe(3);
    expect(most.within(10, 10)).toBe(5);
    expect(most.within(11, 12)).toBe(3);
    expect(most.within(21, 30)).toBe(0);
  });
});
