import { constants } from 'node:fs';
import { open, readFile, type FileHandle } from 'node:fs/promises';
import path from 'node:path';

import { TablepickError } from '../../errors.js';
import { fileError } from '../../file-errors.js';

/** A file of JSON lines. The last line about a thing is valid. */
export interface StateFile<Entry> {
  /** Notes an entry. The entry is safe when {@link StateFile.flush} has resolved. */
  append(entry: Entry): void;
  /**
   * Resolves when every entry noted so far is on the disk. After a failed write it always rejects, because the content
   * of the file is unknown then.
   */
  flush(): Promise<void>;
  /** Flushes and closes. */
  close(): Promise<void>;
}

/** A {@link StateFile} that keeps nothing. */
export const noStateFile: StateFile<unknown> = {
  append: () => {},
  flush: () => Promise.resolve(),
  close: () => Promise.resolve(),
};

/** Opened without blocking: a pipe that nobody reads would block the end of the process. */
const APPEND = constants.O_WRONLY | constants.O_APPEND | constants.O_CREAT | constants.O_NONBLOCK;

/** The marks of a state file of one kind. */
export interface StateFileKind<Entry> {
  /** Its first line, without the line's end. */
  header: string;
  isEntry(value: unknown): value is Entry;
}

/**
 * Opens a state file, or creates it, and reads its entries. Half a line at its end, left by a killed process, is cut
 * off: nobody was told of that entry. A file with other content is not changed.
 *
 * @throws `BAD_OPTION` when it cannot be opened or is no state file of that kind; `DISK_FULL`.
 */
export async function openStateFile<Entry>(
  file: string,
  kind: StateFileKind<Entry>,
): Promise<{ entries: Entry[]; stateFile: StateFile<Entry> }> {
  const handle = await open(file, APPEND).catch((error: unknown) => {
    throw fileError(error, { what: 'the state file', path: file, use: 'opened' });
  });
  try {
    const entries = await readEntries(file, { handle, kind });
    await syncFolder(path.dirname(file));
    return { entries, stateFile: new AppendedFile<Entry>(handle, file) };
  } catch (error) {
    await handle.close();
    throw notWritten(error, file);
  }
}

/** All who wait for the disk at the same time share one write and one fsync. */
class AppendedFile<Entry> implements StateFile<Entry> {
  readonly #handle: FileHandle;
  readonly #file: string;
  #lines: string[] = [];
  #writing: Promise<void> = Promise.resolve();
  #next: Promise<void> | undefined;

  constructor(handle: FileHandle, file: string) {
    this.#handle = handle;
    this.#file = file;
  }

  append(entry: Entry): void {
    this.#lines.push(`${JSON.stringify(entry)}\n`);
  }

  flush(): Promise<void> {
    this.#next ??= this.#writing.then(() => this.#write());
    return this.#next;
  }

  async close(): Promise<void> {
    try {
      await this.flush();
    } finally {
      await this.#handle.close();
    }
  }

  async #write(): Promise<void> {
    this.#writing = this.#next ?? this.#writing;
    this.#next = undefined;
    const text = this.#lines.splice(0).join('');
    if (text === '') return;
    try {
      await this.#handle.appendFile(text);
      await this.#handle.datasync();
    } catch (error) {
      throw notWritten(error, this.#file);
    }
  }
}

/** An error of an open file does not name the file. */
function notWritten(error: unknown, file: string): TablepickError {
  return fileError(error, { what: 'the state file', path: file, use: 'written' });
}

async function readEntries<Entry>(
  file: string,
  { handle, kind }: { handle: FileHandle; kind: StateFileKind<Entry> },
): Promise<Entry[]> {
  const bytes = (await handle.stat()).isFile() ? await readFile(file) : undefined;
  const parsed = bytes && parseState(bytes, kind);
  if (bytes === undefined || parsed === undefined) throw notOurs(file);
  if (parsed.wholeBytes < bytes.length) await handle.truncate(parsed.wholeBytes);
  if (parsed.wholeBytes === 0) await handle.appendFile(`${kind.header}\n`);
  return parsed.entries;
}

/**
 * The entries and the length of the whole lines; undefined for another file. A file is known by its header. A file from
 * before there was a header is known by entries in all of its lines. When there is only half a line, it must be the
 * beginning of a header.
 */
function parseState<Entry>(
  bytes: Buffer,
  { header, isEntry }: StateFileKind<Entry>,
): { entries: Entry[]; wholeBytes: number } | undefined {
  const wholeBytes = bytes.lastIndexOf('\n') + 1;
  const lines = bytes.toString('utf8', 0, wholeBytes).split('\n').slice(0, -1);
  if (lines.length === 0) return header.startsWith(bytes.toString('utf8')) ? { entries: [], wholeBytes } : undefined;
  const values = (lines[0] === header ? lines.slice(1) : lines).map(parseLine);
  return values.every(isEntry) ? { entries: values, wholeBytes } : undefined;
}

function parseLine(line: string): unknown {
  try {
    return JSON.parse(line);
  } catch {
    return undefined;
  }
}

function notOurs(file: string): TablepickError {
  return new TablepickError('BAD_OPTION', `${file} is not a state file of this server: nothing was written to it`, {
    hint: 'name a file of its own for the state; one that is not there yet is made',
  });
}

/** A new file is safe in its folder only when the folder is on the disk. */
async function syncFolder(folder: string): Promise<void> {
  const handle = await open(folder, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}
