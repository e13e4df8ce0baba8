import { describe, expect, it } from 'vitest';

import { countCpus } from './choose-workers.js';

describe('countCpus', () => {
  it('counts ranges and single CPUs', () => {
    expect(countCpus('0-3')).toBe(4);
    expect(countCpus('0')).toBe(1);
    expect(countCpus('0-3,8,10-11')).toBe(7);
  });

  it('does not guess at what is no CPU list', () => {
    expect(countCpus('')).toBeUndefined();
    expect(countCpus('all')).toBeUndefined();
  });
});
