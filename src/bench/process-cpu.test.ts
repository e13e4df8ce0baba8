import { expect, test } from 'vitest';

import { parseCpuSeconds } from './process-cpu.js';

test('a command name with spaces and parentheses does not shift the fields', () => {
  const stat = '42 (ld (linux) x) S 1 42 42 0 -1 4194560 900 0 0 0 1234 66 0 0 20 0 41 0 100 200 300';
  expect(parseCpuSeconds(stat)).toBe(13);
});

test('a text that is no stat line has no CPU time', () => {
  expect(parseCpuSeconds('')).toBeNull();
});
