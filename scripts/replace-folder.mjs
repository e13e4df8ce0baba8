import { mkdirSync, readFileSync, readdirSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import path from 'node:path';

/**
 * Makes `folder` hold what the folder `by` holds. A file that differs is replaced in one step, one that is the same is not
 * touched, and with `isClean` what `by` lacks is removed last. Others that do the same at that moment wait for each other.
 */
export function replaceFolder(folder, { by, isClean }) {
  mkdirSync(folder, { recursive: true });
  const unlock = lock(`${folder}.lock`);
  try {
    const wanted = filesOf(by);
    for (const name of wanted) replaceFile(path.join(folder, name), readFileSync(path.join(by, name)));
    const kept = new Set(wanted);
    const left = isClean ? filesOf(folder).filter((name) => !kept.has(name)) : [];
    for (const name of left) rmSync(path.join(folder, name), { force: true });
  } finally {
    unlock();
  }
}

function filesOf(folder) {
  const entries = readdirSync(folder, { recursive: true, withFileTypes: true });
  const files = entries.filter((entry) => !entry.isDirectory());
  return files.map((entry) => path.relative(folder, path.join(entry.parentPath, entry.name)));
}

function replaceFile(file, bytes) {
  if (readIfThere(file)?.equals(bytes)) return;
  mkdirSync(path.dirname(file), { recursive: true });
  const draft = `${file}.${process.pid}.draft`;
  writeFileSync(draft, bytes);
  renameSync(draft, file);
}

function readIfThere(file) {
  try {
    return readFileSync(file);
  } catch {
    return undefined;
  }
}

const PAUSE_MS = 20;
const WRITTEN_WITHIN_MS = 10_000;

/** A file with the owner's pid; that of a process which has ended does not count. */
function lock(file) {
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

/** Without a number it is being written at this moment, or a machine lost power at such a moment. */
function isLeftBehind(file) {
  const owner = Number(readIfThere(file)?.toString());
  if (owner > 0) return !isProcess(owner);
  return Date.now() - (statSync(file, { throwIfNoEntry: false })?.mtimeMs ?? Date.now()) > WRITTEN_WITHIN_MS;
}

function isProcess(pid) {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return error.code === 'EPERM';
  }
}
