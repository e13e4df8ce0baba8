import { describe, expect, it } from 'vitest';

import { RouteChooser } from './route-chooser.js';

/** Sends `requests` one by one. `times` gives the time of each way. Returns how many went together. */
function send(chooser: RouteChooser, requests: number, times: { alone: number; together: number }): number {
  let together = 0;
  for (let located = 0; located < requests; located += 1) {
    const { route } = chooser;
    if (route === 'together') together += 1;
    chooser.record(route, times[route]);
  }
  return together;
}

describe('RouteChooser', () => {
  it('begins with every request alone and tries the other way with less than a tenth', () => {
    const together = send(new RouteChooser(), 10_000, { alone: 2, together: 4 });
    expect(together).toBeGreaterThan(0);
    expect(together).toBeLessThan(1000);
  });

  it('changes to the faster way, and back when the load has changed', () => {
    const chooser = new RouteChooser();
    expect(send(chooser, 10_000, { alone: 4, together: 2 })).toBeGreaterThan(8000);
    expect(send(chooser, 10_000, { alone: 2, together: 4 })).toBeLessThan(2500);
  });

  it('stays where it is when the difference is noise', () => {
    expect(send(new RouteChooser(), 20_000, { alone: 2, together: 1.95 })).toBeLessThan(2000);
  });

  it('leaves out requests that were sent before the window began', () => {
    const chooser = new RouteChooser();
    send(chooser, 64 * 16, { alone: 2, together: 9 });
    expect(chooser.route).toBe('together');
    for (let located = 0; located < 1000; located += 1) chooser.record('alone', 100);
    expect(chooser.route).toBe('together');
  });
});
