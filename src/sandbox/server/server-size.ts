import { statfsSync } from 'node:fs';
import { totalmem } from 'node:os';

import type { ServerSize } from '../engines/engine.js';

const MIB = 1024 ** 2;
const GIB = 1024 ** 3;

/** What a server with its data in `folder` may take of this machine, or of the container around this process. */
export function measureServerSize(folder: string): ServerSize {
  const disk = statfsSync(folder);
  return sizeServer({
    memoryBytes: Math.min(totalmem(), process.constrainedMemory() || Infinity),
    freeDiskBytes: disk.bavail * disk.bsize,
  });
}

/**
 * A quarter of the memory within 128 MiB and 2 GiB for pages; a redo log of up to 2 GiB and a tenth of the free disk.
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

/** Steps, because MariaDB rewrites its log at the next start whenever the size changes. */
function largestPowerOfTwo(value: number): number {
  return 2 ** Math.floor(Math.log2(Math.max(value, 1)));
}

function wholeMebibytes(bytes: number): number {
  return Math.floor(bytes / MIB) * MIB;
}
