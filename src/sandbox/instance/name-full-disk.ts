import { statfsSync } from 'node:fs';

import { TablepickError, isTablepickError } from '../../errors.js';

const MIB = 1024 ** 2;
const LEAST_FREE_BYTES = 2 * MIB;

/** The messages of the system, apt, dpkg, Java and the servers. 28 is ENOSPC. */
const FULL =
  /No space left on device|ENOSPC|EDQUOT|[Dd]isk quota exceeded|enough free space|(?:errno|Errcode|error|number):? 28\b/;

/**
 * The first line of a program's output that reports a full disk, or `''`. The last lines of the output may not mention
 * it.
 */
export function lineOfFullDisk(text: string): string {
  return (
    text
      .split('\n')
      .find((line) => FULL.test(line))
      ?.trim() ?? ''
  );
}

/**
 * Runs `work`, which writes below `home`. When it fails because of a full disk, the error says so.
 *
 * @throws `DISK_FULL` with the folder, its free space and the message of `work`; else the error of `work`.
 */
export async function nameFullDisk<T>(home: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    throw isTablepickError(error, 'ABORTED', 'BAD_OPTION', 'DISK_FULL') ? error : fullDisk(home, error);
  }
}

function fullDisk(home: string, error: unknown): unknown {
  const said = error instanceof Error ? error.message : String(error);
  const freeBytes = readFreeBytes(home);
  if (!FULL.test(said) && freeBytes >= LEAST_FREE_BYTES) return error;
  const free = `${Math.floor(freeBytes / MIB)} MiB are free`;
  return new TablepickError('DISK_FULL', `the disk under ${home} is full, ${free}: ${said}`, {
    hint: 'free disk space there, or set TABLEPICK_HOME to a folder on another disk, then run the command again',
    cause: error,
  });
}

function readFreeBytes(folder: string): number {
  try {
    const { bavail, bsize } = statfsSync(folder);
    return bavail * bsize;
  } catch {
    return Infinity;
  }
}
