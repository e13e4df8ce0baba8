import { expect, test } from 'vitest';

import { measureProcess, thinSamples } from './measure-process.js';

test('work shows up as CPU time and memory as resident set', () => {
  const meter = measureProcess();
  const held = Buffer.alloc(64 * 1024 * 1024, 1);
  const before = process.cpuUsage();
  while (process.cpuUsage(before).user < 100_000) held[0] = (held[0] ?? 0) + 1;
  const use = meter.read();
  meter.stop();
  expect(use.userCpuSeconds + use.systemCpuSeconds).toBeGreaterThanOrEqual(0.1);
  expect(use.peakRssBytes).toBeGreaterThan(held.length);
  expect(use.rssSamples.length).toBeGreaterThan(0);
});

test('thinning keeps both ends, the order and the number asked for', () => {
  const all = Array.from({ length: 1000 }, (_, index) => index);
  const thin = thinSamples(all, 7);
  expect(thin).toHaveLength(7);
  expect([thin[0], thin[6]]).toEqual([0, 999]);
  expect(thin).toEqual(thin.toSorted((left, right) => left - right));
  expect(thinSamples([1, 2], 7)).toEqual([1, 2]);
});
