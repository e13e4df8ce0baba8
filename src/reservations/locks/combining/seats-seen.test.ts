import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';

import { locatedRequest } from '../../../../test/support/located-request.js';
import type { LocatedRequest } from '../../reservation.js';
import { SeatsSeen } from './seats-seen.js';

beforeEach(() => vi.useFakeTimers());
afterEach(() => vi.useRealTimers());

function requestOf(slotIds: readonly number[], seats = 1, holdTtlMs: number | null = null): LocatedRequest {
  return locatedRequest({ slotIds, seats, holdTtlMs });
}

describe('SeatsSeen', () => {
  it('is sure of nothing it has not seen', () => {
    expect(new SeatsSeen().sureOf([requestOf([1])])).toEqual([]);
  });

  it('is sure while four times what is asked for, by all before too, was free', () => {
    const seen = new SeatsSeen();
    seen.see(1, 8);
    const requests = [requestOf([1]), requestOf([1]), requestOf([1])];
    expect(seen.sureOf(requests)).toEqual(requests.slice(0, 2));
  });

  it('counts what was taken since', () => {
    const seen = new SeatsSeen();
    seen.see(1, 8);
    seen.take(
      new Map([
        [1, 5],
        [2, 5],
      ]),
    );
    expect(seen.sureOf([requestOf([1])])).toEqual([]);
    expect(seen.sureOf([requestOf([2])])).toEqual([]);
  });

  it('is sure of a request for several slots only when it is sure of each', () => {
    const seen = new SeatsSeen();
    seen.see(1, 100);
    seen.see(2, 3);
    expect(seen.sureOf([requestOf([1, 2])])).toEqual([]);
  });

  it('is not sure of one that comes behind one that is not sure of the same slot', () => {
    const seen = new SeatsSeen();
    seen.see(1, 100);
    seen.see(2, 100);
    const requests = [requestOf([1], 40), requestOf([1]), requestOf([2])];
    expect(seen.sureOf(requests)).toEqual([requests[2]]);
  });

  it('is not sure of a hold shorter than a minute, which would be due before it is answered', () => {
    const seen = new SeatsSeen();
    seen.see(1, 100);
    const requests = [requestOf([1], 1, 60_000), requestOf([1], 1, 59_999), requestOf([1])];
    expect(seen.sureOf(requests)).toEqual([requests[0]]);
  });

  it('distrusts a slot for a minute after seats were given back, counted from the last time', () => {
    const seen = new SeatsSeen();
    seen.see(1, 100);
    seen.see(2, 100);
    seen.distrust([1, 2]);
    vi.advanceTimersByTime(30_000);
    seen.distrust([1]);
    const [one, two] = [requestOf([1]), requestOf([2])];
    expect(seen.sureOf([one, two])).toEqual([]);
    vi.advanceTimersByTime(29_999);
    expect(seen.sureOf([two])).toEqual([]);
    vi.advanceTimersByTime(2);
    expect(seen.sureOf([one, two])).toEqual([two]);
    vi.advanceTimersByTime(30_000);
    expect(seen.sureOf([one, two])).toEqual([one, two]);
  });

  it('forgets all rather than remember more than 100,000 slots', () => {
    const seen = new SeatsSeen();
    for (let slotId = 1; slotId <= 100_001; slotId += 1) seen.see(slotId, 100);
    const [first, last] = [requestOf([1]), requestOf([100_001])];
    expect(seen.sureOf([first, last])).toEqual([last]);
  });
});
