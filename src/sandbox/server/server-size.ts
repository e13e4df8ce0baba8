import { statfsSync } from 'node:fs';
import { totalmem } from 'node:os';

import type { ServerSize } from '../engines/engine.js';

const MIB = 1024 ** 2;
const GIB = 1024 ** 3;

/** The size of a server with its data in `folder`, by the limits of this machine or of this process's container. */
export function measureServerSize(folder: string): ServerSize {
  const disk = statfsSync(folder);
  return sizeServer({
    memoryBytes: Math.min(totalmem(), process.constrainedMemory() || Infinity),
    freeDiskBytes: disk.bavail * disk.bsize,
  });
}

/**
 * The buffer pool is a quarter of the memory, from 128 MiB to 2 GiB. The redo log is at most a tenth of the free disk,
 * from 64 MiB to 2 GiB.
 */
export function sizeServer(machine: { memoryBytes: number; freeDiskBytes: number }): ServerSize {
  return {
    bufferPoolBytes: wholeMebibytes(clamp(machine.memoryBytes / 4, 128 * MIB, 2 * GIB)),
    redoLogBytes: wholeMebibytes(clamp(largestPowerOfTwo(machine.freeDiskBytes / 10), 64 * MIB, 2 * GIB)),
  };
}

function clamp(value: number, least: number, most: number): number {
  return Math.min(Math.max(value, least), most);
}

/** The size changes in steps, because after each change MariaDB rewrites its log at the next start. */
function largestPowerOfTwo(value: number): number {
  return 2 ** Math.floor(Math.log2(Math.max(value, 1)));
}

function wholeMebibytes(bytes: number): number {
  return Math.floor(bytes / MIB) * MIB;
}
