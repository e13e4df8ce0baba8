import { open, readFile, truncate, type FileHandle } from 'node:fs/promises';
import path from 'node:path';

import { TablepickError } from '../errors.js';

/** A file of JSON lines, of which the last about a thing is true. */
export interface StateFile<Entry> {
  /** Takes note of an entry; it is safe once {@link StateFile.flush} has resolved. */
  append(entry: Entry): void;
  /** Resolves when every entry noted so far is on the disk. Rejects for ever once a write has failed: what the file holds is not known then. */
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

/**
 * Opens a state file, creating it if need be, and reads what it holds. Half a line at its end, left by a process that was killed, is cut off: nobody
 * was told of it.
 *
 * @throws `BAD_OPTION` when a line in it is no JSON.
 */
export async function openStateFile<Entry>(file: string): Promise<{ entries: Entry[]; stateFile: StateFile<Entry> }> {
  const handle = await open(file, 'a');
  try {
    await syncFolder(path.dirname(file));
    const entries = await readEntries<Entry>(file);
    return { entries, stateFile: new AppendedFile<Entry>(handle) };
  } catch (error) {
    await handle.close();
    throw error;
  }
}

/** Whoever waits for the disk is served by one write and one fsync together with all the others. */
class AppendedFile<Entry> implements StateFile<Entry> {
  readonly #handle: FileHandle;
  #lines: string[] = [];
  #writing: Promise<void> = Promise.resolve();
  #next: Promise<void> | undefined;

  constructor(handle: FileHandle) {
    this.#handle = handle;
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
    await this.#handle.appendFile(text);
    await this.#handle.datasync();
  }
}

async function readEntries<Entry>(file: string): Promise<Entry[]> {
  const bytes = await readFile(file);
  const end = bytes.lastIndexOf('\n') + 1;
  if (end < bytes.length) await truncate(file, end);
  const lines = bytes.toString('utf8', 0, end).split('\n').slice(0, -1);
  return lines.map((line, at) => parseLine<Entry>(line, { file, at }));
}

function parseLine<Entry>(line: string, { file, at }: { file: string; at: number }): Entry {
  try {
    return JSON.parse(line) as Entry;
  } catch (cause) {
    throw new TablepickError('BAD_OPTION', `line ${at + 1} of ${file} is no JSON`, {
      hint: 'name a file of its own for the state: it was not written by this server alone',
      cause,
    });
  }
}

/** A new file is in its folder for good only once the folder is on the disk. */
async function syncFolder(folder: string): Promise<void> {
  const handle = await open(folder, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}
