import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { Worker } from 'node:worker_threads';

import { TablepickError } from '../../errors.js';
import type { BuildAnswer, BuildRequest } from './build-request.js';
import { encodeRows } from './encode-rows.js';
import type { SlotPlan } from '../plan/index.js';

/**
 * A thread builds over a million rows a second. That is more than eight connections insert. Each thread costs some 30
 * MB.
 */
const connectionsPerThread = 8;

interface Waiting {
  resolve(parts: Buffer[]): void;
  reject(error: unknown): void;
}

/**
 * Threads that turn boxes of a plan into text, so that the main thread only sends. There is one thread for eight
 * connections. A thread starts when it is first needed. A thread builds one box at a time, and callers wait, so the
 * number of callers bounds the memory. When the thread's file is missing, because the program was bundled into one
 * file, the main thread builds.
 */
export class RowBuilders {
  readonly #plan: SlotPlan;
  readonly #threads: number;
  readonly #hasThreads = isThere();
  readonly #workers: Worker[] = [];
  readonly #idle: Worker[] = [];
  readonly #queue: ((worker: Worker) => void)[] = [];

  /** @param connections Connections that insert the rows. */
  constructor(plan: SlotPlan, connections: number) {
    this.#plan = plan;
    this.#threads = Math.ceil(connections / connectionsPerThread);
  }

  /** The rows of `request.box` in parts, in plan order. */
  async build(request: BuildRequest): Promise<Buffer[]> {
    if (!this.#hasThreads) return [...encodeRows(this.#plan, request)].map(bufferOf);
    const worker = await this.#take();
    try {
      const parts = await ask(worker, request);
      this.#giveBack(worker);
      return parts;
    } catch (error) {
      await this.#discard(worker);
      throw error;
    }
  }

  /** Ends every thread. */
  async close(): Promise<void> {
    await Promise.all(this.#workers.map((worker) => worker.terminate()));
  }

  async #take(): Promise<Worker> {
    const idle = this.#idle.pop();
    if (idle) return idle;
    if (this.#workers.length < this.#threads) return this.#start();
    return new Promise((resolve) => this.#queue.push(resolve));
  }

  #giveBack(worker: Worker): void {
    const next = this.#queue.shift();
    if (next) next(worker);
    else this.#idle.push(worker);
  }

  /** Ends a failed thread, because it may never answer again. The next waiting caller gets a new thread. */
  async #discard(worker: Worker): Promise<void> {
    this.#workers.splice(this.#workers.indexOf(worker), 1);
    await worker.terminate();
    this.#queue.shift()?.(this.#start());
  }

  #start(): Worker {
    const worker = new Worker(threadFile(), {
      workerData: this.#plan,
      resourceLimits: { maxYoungGenerationSizeMb: 4, maxOldGenerationSizeMb: 256 },
    });
    this.#workers.push(worker);
    return worker;
  }
}

function ask(worker: Worker, request: BuildRequest): Promise<Buffer[]> {
  return new Promise<Buffer[]>((resolve, reject) => {
    const waiting: Waiting = { resolve, reject };
    const onMessage = (answer: BuildAnswer): void => settle(() => deliver(answer, waiting));
    const onFailure = (cause: unknown): void => settle(() => reject(builderFailed(cause)));
    const settle = (how: () => void): void => {
      worker.off('message', onMessage).off('error', onFailure).off('exit', onFailure);
      how();
    };
    worker.on('message', onMessage).on('error', onFailure).on('exit', onFailure);
    worker.postMessage(request);
  });
}

function deliver(answer: BuildAnswer, { resolve, reject }: Waiting): void {
  if ('error' in answer) reject(builderFailed(answer.error));
  else resolve(answer.parts.map(bufferOf));
}

function bufferOf(part: Uint8Array): Buffer {
  return Buffer.from(part.buffer, part.byteOffset, part.byteLength);
}

function threadFile(): URL {
  return new URL('./row-builder-worker.js', import.meta.url);
}

/** False in a bundle. A CommonJS bundle has no `import.meta.url`. */
function isThere(): boolean {
  try {
    return existsSync(fileURLToPath(threadFile()));
  } catch {
    return false;
  }
}

function builderFailed(cause: unknown): TablepickError {
  return new TablepickError('QUERY_FAILED', `a worker thread could not build rows: ${String(cause)}`, { cause });
}
