import { closeSync, constants, fstatSync, lstatSync, openSync, readFileSync } from 'node:fs';
import { mkdir, stat } from 'node:fs/promises';
import { dirname } from 'node:path';

import { type ErrorCode, TablepickError, isTablepickError } from './errors.js';

/** The failed use of a path, with the words of the message: `<what> <path> cannot be <use>`. */
export interface FileUse {
  /** The option or the thing: `--report`, `the mail folder`. */
  what: string;
  path: string;
  use: 'read' | 'written' | 'created' | 'opened' | 'removed';
}

interface Reason {
  code: ErrorCode;
  reason: string;
  hint: string;
}

const bad = (reason: string, hint: string): Reason => ({ code: 'BAD_OPTION', reason, hint });
const failed = (reason: string, hint: string): Reason => ({ code: 'FILE_FAILED', reason, hint });
const full = (reason: string, hint: string): Reason => ({ code: 'DISK_FULL', reason, hint });

const NO_RIGHT = bad('this user has no right to do that', 'see the rights of it and of the folders above it: ls -ld');
const TOO_MANY = failed('too many files are open', 'raise the limit (ulimit -n), or run fewer things at once');

/** @source errno(3) of Linux. */
const REASONS: Readonly<Record<string, Reason>> = {
  ENOENT: bad('there is no such file or folder', 'correct the path, or create the folder first'),
  EISDIR: bad('it is a folder', 'name a file'),
  ENOTDIR: bad('a part of the path is a file, not a folder', 'correct the path'),
  EEXIST: bad('something else is there already', 'name another path, or move away what is there'),
  ENOTEMPTY: bad('the folder is not empty', 'name another path, or move away what is there'),
  EACCES: NO_RIGHT,
  EPERM: NO_RIGHT,
  ELOOP: bad('its links lead in a circle', 'correct the links, or name the file itself'),
  EROFS: bad('the file system is read-only', 'name a path on a file system that can be written'),
  ENAMETOOLONG: bad('the name is too long', 'name a shorter path'),
  ENXIO: bad('it is a pipe, a socket or a device', 'name a file'),
  ENODEV: bad('it is a device that cannot be opened', 'name a file'),
  ERR_INVALID_ARG_VALUE: bad('it is no path', 'correct the path'),
  ENOSPC: full('the disk is full', 'free disk space, then run the command again'),
  EDQUOT: full(
    "this user's share of the disk is used up",
    'free disk space, or raise the quota, then run the command again',
  ),
  EMFILE: TOO_MANY,
  ENFILE: TOO_MANY,
  EIO: failed('the disk failed', "see the system's log, and the disk"),
  EBUSY: failed('something else uses it', 'end what uses it, or name another path'),
  ETXTBSY: failed('it is a program that runs', 'name another path'),
  EFBIG: failed('the file would be larger than allowed', 'raise the limit (ulimit -f), or name another path'),
};

/**
 * Turns an error of the file system into a `TablepickError`: `BAD_OPTION` for a wrong path, `DISK_FULL` for a full disk
 * or quota, else `FILE_FAILED`. A `TablepickError` is returned unchanged.
 */
export function fileError(error: unknown, { what, path, use }: FileUse): TablepickError {
  if (isTablepickError(error)) return error;
  const { code, reason, hint } = reasonOf(error, path);
  return new TablepickError(code, `${what} ${path} cannot be ${use}: ${reason}`, { hint, cause: error });
}

/** Like {@link fileError}, for an error without a known use. Undefined when the error is not from the file system. */
export function describeFileError(error: unknown): TablepickError | undefined {
  if (!(error instanceof Error)) return undefined;
  const { code, syscall, path } = error as { code?: unknown; syscall?: unknown; path?: unknown };
  if (typeof code !== 'string' || !(code in REASONS)) return undefined;
  if (!FILE_CALLS.has(String(syscall))) return undefined;
  const use = syscall === 'read' || syscall === 'scandir' ? 'read' : syscall === 'open' ? 'opened' : 'written';
  return fileError(error, { what: 'the file', path: typeof path === 'string' ? path : '(unknown)', use });
}

/**
 * Reads the text of a file that a user named. It never waits, because a pipe without a writer would block the whole
 * process, and no signal would end that.
 *
 * @throws `BAD_OPTION` when it cannot be read or is not a file; `FILE_FAILED`.
 */
export function readNamedFile(what: string, path: string): string {
  let handle: number | undefined;
  try {
    handle = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK);
    const stats = fstatSync(handle);
    if (!stats.isFile()) throw Object.assign(new Error('no file'), { code: stats.isDirectory() ? 'EISDIR' : 'ENXIO' });
    return readFileSync(handle, 'utf8');
  } catch (error) {
    throw fileError(error, { what, path, use: 'read' });
  } finally {
    if (handle !== undefined) closeSync(handle);
  }
}

/**
 * Makes a folder and the folders above it. `mkdir` with `recursive` does the same, but it never ends when a folder
 * exists and no folder can be made in it, as in /proc.
 *
 * @throws The error of the file system.
 * @source Node's MKDirpAsync tries the folder above again on every ENOENT.
 */
export async function makeFolder(folder: string): Promise<void> {
  await mkdir(folder).catch(async (error: NodeJS.ErrnoException) => {
    if (error.code === 'EEXIST' && (await stat(folder)).isDirectory()) return;
    if (error.code !== 'ENOENT' || dirname(folder) === folder) throw error;
    await makeFolder(dirname(folder));
    await mkdir(folder).catch((second: NodeJS.ErrnoException) => {
      if (second.code !== 'EEXIST') throw second;
    });
  });
}

const FILE_CALLS: ReadonlySet<string> = new Set([
  'open',
  'read',
  'write',
  'fsync',
  'fdatasync',
  'ftruncate',
  'truncate',
  'mkdir',
  'mkdtemp',
  'rename',
  'unlink',
  'rmdir',
  'rm',
  'scandir',
  'link',
  'symlink',
  'copyfile',
  'cp',
  'chmod',
  'fchmod',
  'utime',
  'opendir',
]);

function reasonOf(error: unknown, path: string): Reason {
  const { code = '', message = String(error) } = error as { code?: string; message?: string };
  if (code === 'ENOENT' && isLink(path)) {
    return bad('it is a link to something that is not there', 'correct the link, or name the file itself');
  }
  return REASONS[code] ?? failed(message, 'see what the message says of the path');
}

function isLink(path: string): boolean {
  try {
    return lstatSync(path).isSymbolicLink();
  } catch {
    return false;
  }
}
