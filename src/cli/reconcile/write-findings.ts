import { randomUUID } from 'node:crypto';
import { type FileHandle, open, rename, rm } from 'node:fs/promises';

import { fileError } from '../../file-errors.js';
import type { ReconcileFinding, ReconcileResult } from '../../reconcile/index.js';
import { refuseForeignFile } from '../output/refuse-foreign-file.js';

/** Characters that are collected before they are written. */
const KEPT_CHARACTERS = 65_536;

const BEGINNING = '{"findings":[';

/** A report that is being written. The file appears when it is complete. Until then, an earlier file stays. */
export interface FindingsFile {
  add(finding: ReconcileFinding): Promise<void>;
  /** Writes the result after the findings. */
  finish(result: ReconcileResult): Promise<void>;
  /** Removes what was written, unless it was finished. */
  close(): Promise<void>;
}

/**
 * Begins a report of a reconciliation: a JSON object with `findings`, one a line, and `result`.
 *
 * @throws `BAD_OPTION` when the file cannot be written, or is there and is not such a report.
 */
export async function openFindingsFile(file: string): Promise<FindingsFile> {
  await refuseForeignFile({ option: '--report', file, beginning: BEGINNING });
  const partial = `${file}.${randomUUID()}.part`;
  const refuse = (error: unknown): never => {
    throw fileError(error, { what: '--report', path: file, use: 'written' });
  };
  const handle = await open(partial, 'wx').catch(refuse);
  const writer = new FindingsWriter(handle);
  let isOpen = true;
  const close = async () => {
    if (!isOpen) return;
    isOpen = false;
    await handle.close();
  };
  return {
    add: (finding) => writer.add(finding).catch(refuse),
    finish: async (result) => {
      await writer.end(result).catch(refuse);
      await close();
      await rename(partial, file).catch(refuse);
    },
    close: async () => {
      const wasOpen = isOpen;
      await close();
      if (wasOpen) await rm(partial, { force: true });
    },
  };
}

/** Writes one after the other, also when many findings come at once. */
class FindingsWriter {
  readonly #handle: FileHandle;
  #kept = BEGINNING;
  #isFirst = true;
  #writing: Promise<unknown> = Promise.resolve();

  constructor(handle: FileHandle) {
    this.#handle = handle;
  }

  async add(finding: ReconcileFinding): Promise<void> {
    this.#kept += `${this.#isFirst ? '' : ','}\n${JSON.stringify(finding)}`;
    this.#isFirst = false;
    if (this.#kept.length >= KEPT_CHARACTERS) await this.#write();
  }

  async end(result: ReconcileResult): Promise<void> {
    this.#kept += `\n],"result":${JSON.stringify(result)}}\n`;
    await this.#write();
  }

  #write(): Promise<unknown> {
    const text = this.#kept;
    this.#kept = '';
    return (this.#writing = this.#writing.then(() => this.#handle.write(text)));
  }
}
