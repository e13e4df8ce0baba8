import { constants } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';

import { sleepUnlessAborted } from '../../abort/sleep-unless-aborted.js';
import { TablepickError } from '../../errors.js';
import { fileError } from '../../file-errors.js';

/** A file whose first line is a secret. */
export interface SecretFile {
  /** `--password-file`. */
  option: string;
  path: string;
  signal: AbortSignal;
}

/** No password is longer; a device such as /dev/zero has no end. */
const BYTES_AT_MOST = 65_536;
/** How long a pipe may take to give its first line. */
const PATIENCE_MS = 10_000;
const LOOK_EVERY_MS = 20;

/**
 * Reads the first line of the file. The file is opened and read without blocking, so that a signal ends the command
 * while a pipe gives nothing.
 *
 * @throws `BAD_OPTION` when the file cannot be read, its first line is empty or has no end, or a pipe gives nothing for
 * 10 s; `ABORTED` at a signal.
 */
export async function readSecretFile(file: SecretFile): Promise<string> {
  const handle = await open(file.path, constants.O_RDONLY | constants.O_NONBLOCK).catch((error: unknown) => {
    throw notRead(file, error);
  });
  try {
    const line = await readLine(handle, file);
    if (line.trim() === '') throw refused(file, 'its first line is empty');
    return line;
  } finally {
    await handle.close();
  }
}

async function readLine(handle: FileHandle, file: SecretFile): Promise<string> {
  const isPipe = await isPipeAt(handle, file);
  const deadlineMs = performance.now() + PATIENCE_MS;
  const bytes = Buffer.alloc(BYTES_AT_MOST);
  let length = 0;
  while (length < BYTES_AT_MOST) {
    const read = await readSome(handle, bytes.subarray(length), file);
    length += read ?? 0;
    const end = bytes.subarray(0, length).indexOf('\n');
    if (end >= 0) return textOf(bytes.subarray(0, end));
    // Before its writer has opened it, a pipe is at its end, too.
    if (read === 0 && !(isPipe && length === 0)) return textOf(bytes.subarray(0, length));
    if (read === 0 || read === undefined) await waitForMore(file, deadlineMs);
  }
  throw refused(file, `its first line does not end within ${BYTES_AT_MOST / 1024} KiB`);
}

async function isPipeAt(handle: FileHandle, file: SecretFile): Promise<boolean> {
  const stats = await handle.stat();
  if (stats.isDirectory()) throw notRead(file, Object.assign(new Error('EISDIR'), { code: 'EISDIR' }));
  return stats.isFIFO();
}

/** Undefined when there is nothing to read yet. */
async function readSome(handle: FileHandle, into: Buffer, file: SecretFile): Promise<number | undefined> {
  try {
    return (await handle.read(into, 0, into.length, null)).bytesRead;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EAGAIN') return undefined;
    throw notRead(file, error);
  }
}

async function waitForMore(file: SecretFile, deadlineMs: number): Promise<void> {
  if (performance.now() > deadlineMs) throw refused(file, `nobody wrote a line into it for ${PATIENCE_MS / 1000} s`);
  await sleepUnlessAborted(LOOK_EVERY_MS, file.signal);
  if (file.signal.aborted) {
    throw new TablepickError('ABORTED', `stopped while reading ${file.option}`, { cause: file.signal.reason });
  }
}

function textOf(bytes: Buffer): string {
  return bytes.toString('utf8').replace(/\r$/, '');
}

function notRead({ option, path }: SecretFile, error: unknown): TablepickError {
  return fileError(error, { what: option, path, use: 'read' });
}

function refused({ option, path }: SecretFile, why: string): TablepickError {
  return new TablepickError('BAD_OPTION', `${option} ${path} cannot be read: ${why}`, {
    hint: 'name a file whose first line is the secret',
  });
}
