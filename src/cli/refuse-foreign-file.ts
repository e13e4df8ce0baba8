import { type FileHandle, open } from 'node:fs/promises';

import { TablepickError } from '../errors.js';

/** A file that an option names, and how each of its kind begins. */
export interface OwnFile {
  /** `--report`, for messages. */
  option: string;
  file: string;
  beginning: string;
}

/**
 * Sees to it that a file which is about to be replaced is an earlier one of its kind, empty, or not there.
 *
 * @throws `BAD_OPTION` when it is something else.
 */
export async function refuseForeignFile({ option, file, beginning }: OwnFile): Promise<void> {
  const found = await readBeginning(file, Buffer.byteLength(beginning));
  if (found === undefined || found === '' || found === beginning) return;
  throw new TablepickError('BAD_OPTION', `${option} ${file} is there and is no earlier one: it is left as it is`, {
    hint: 'name another file, or move that one away',
  });
}

/** Begins nothing of ours. */
const UNKNOWN = '\0';

/** Undefined for a file that is not there. */
async function readBeginning(file: string, bytes: number): Promise<string | undefined> {
  let handle: FileHandle;
  try {
    handle = await open(file, 'r');
  } catch (error) {
    return /^(ENOENT|ENOTDIR)$/.test(String((error as NodeJS.ErrnoException).code)) ? undefined : UNKNOWN;
  }
  try {
    if (!(await handle.stat()).isFile()) return UNKNOWN;
    const { buffer, bytesRead } = await handle.read(Buffer.alloc(bytes), 0, bytes, 0);
    return buffer.toString('utf8', 0, bytesRead);
  } finally {
    await handle.close();
  }
}
