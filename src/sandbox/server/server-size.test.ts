import { expect, test } from 'vitest';

import { sizeServer } from './server-size.js';

const MIB = 1024 ** 2;
const GIB = 1024 ** 3;

test('a large machine gives two gibibytes to pages and to the redo log, not more', () => {
  expect(sizeServer({ memoryBytes: 64 * GIB, freeDiskBytes: 500 * GIB })).toEqual({
    bufferPoolBytes: 2 * GIB,
    redoLogBytes: 2 * GIB,
  });
});

test('a small machine keeps three quarters of its memory and nine tenths of its free disk', () => {
  expect(sizeServer({ memoryBytes: 1 * GIB, freeDiskBytes: 6 * GIB })).toEqual({
    bufferPoolBytes: 256 * MIB,
    redoLogBytes: 512 * MIB,
  });
  expect(sizeServer({ memoryBytes: 256 * MIB, freeDiskBytes: 0 })).toEqual({
    bufferPoolBytes: 128 * MIB,
    redoLogBytes: 64 * MIB,
  });
});
