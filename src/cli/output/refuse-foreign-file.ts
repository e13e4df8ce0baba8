import { constants } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';

import { TablepickError } from '../../errors.js';
import { fileError } from '../../file-errors.js';

/** A file that an option names, and the beginning of every file of its kind. */
export interface OwnFile {
  /** `--report`, for messages. */
  option: string;
  file: string;
  beginning: string;
}

/**
 * Checks that a file which will be replaced is an earlier one of its kind, empty, or not there.
 *
 * @throws `BAD_OPTION` when it is something else.
 */
export async function refuseForeignFile({ option, file, beginning }: OwnFile): Promise<void> {
  const found = await readBeginning({ option, file, beginning });
  if (found === undefined || found === '' || found === beginning) return;
  throw new TablepickError('BAD_OPTION', `${option} ${file} is there and is no earlier one: it is left as it is`, {
    hint: 'name another file, or move that one away',
  });
}

/** No file of ours begins with this. */
const UNKNOWN = '\0';

/** Undefined for a file that is not there. */
async function readBeginning({ option, file, beginning }: OwnFile): Promise<string | undefined> {
  const bytes = Buffer.byteLength(beginning);
  let handle: FileHandle;
  try {
    // Opened without blocking: a pipe without a writer is not our file.
    handle = await open(file, constants.O_RDONLY | constants.O_NONBLOCK);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw fileError(error, { what: option, path: file, use: 'written' });
  }
  try {
    const stats = await handle.stat();
    if (stats.isDirectory()) throw fileError({ code: 'EISDIR' }, { what: option, path: file, use: 'written' });
    if (!stats.isFile()) return UNKNOWN;
    const { buffer, bytesRead } = await handle.read(Buffer.alloc(bytes), 0, bytes, 0);
    return buffer.toString('utf8', 0, bytesRead);
  } finally {
    await handle.close();
  }
}
