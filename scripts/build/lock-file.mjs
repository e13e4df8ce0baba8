import { readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';

const PAUSE_MS = 20;
const WRITTEN_WITHIN_MS = 10_000;

/**
 * Waits until nobody else holds the lock, a file with the owner's pid. Returns a function that releases the lock. The
 * lock of a process that has ended does not count.
 */
export function lockFile(file) {
  for (;;) {
    try {
      writeFileSync(file, String(process.pid), { flag: 'wx' });
      return () => rmSync(file, { force: true });
    } catch (error) {
      if (error.code !== 'EEXIST') throw error;
    }
    if (isLeftBehind(file)) rmSync(file, { force: true });
    else Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, PAUSE_MS);
  }
}

/** A file without a number is being written at this moment, or a machine lost power at such a moment. */
function isLeftBehind(file) {
  const owner = Number(readIfThere(file));
  if (owner > 0) return !isProcess(owner);
  return Date.now() - (statSync(file, { throwIfNoEntry: false })?.mtimeMs ?? Date.now()) > WRITTEN_WITHIN_MS;
}

function readIfThere(file) {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return undefined;
  }
}

function isProcess(pid) {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return error.code === 'EPERM';
  }
}
