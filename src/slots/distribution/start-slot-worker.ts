import { onAbort } from '../../abort/on-abort.js';
import { isDeadlock } from '../../database/index.js';
import { TablepickError, isTablepickError } from '../../errors.js';
import { startConsumer } from '../../messaging/index.js';
import type { Consumer, ConsumerEvent, HandlerContext, Message } from '../../messaging/index.js';
import { checkRunSettings, chooseWorkers } from '../generate/index.js';
import { defaultLeaseMs } from '../ownership/index.js';
import { readCheckpoint } from '../checkpoints/index.js';
import type { ChunkCounts } from '../checkpoints/index.js';
import { findRun, findRunOnWriter, finishIfDone, haltRun, refusalToWorkers } from '../runs/index.js';
import type { RunRecord } from '../runs/index.js';
import { chunkGroupOf, chunkMessageType, createChunkTopic, defaultChunkTopic, readTask } from './chunk-task.js';
import type { ChunkTask } from './chunk-task.js';
import type { SlotWorker, SlotWorkerEvent, SlotWorkerOptions, SlotWorkerResult } from './distribution.js';
import { type ChunkContext, doChunk, isPassing } from './do-chunk.js';
import { OpenRuns } from './open-runs.js';
import type { WorkerRun } from './open-runs.js';

/**
 * Starts a worker for the chunks of `distributeRun`. It does `workers` chunks at once until it is stopped. Any number
 * of workers on any number of machines can share the chunks.
 *
 * Guarantees: a chunk is done once, also when it is delivered many times or to many workers. When a run was taken over,
 * rolled back or finished meanwhile, new writes for it are rolled back. When a run may not go on, its chunks are
 * skipped and never become dead letters. The run's row holds the reason. To publish the missing chunks, distribute the
 * run again.
 *
 * @throws `BAD_OPTION`; `TRANSPORT_UNAVAILABLE`, retriable.
 * @example
 * const worker = await startSlotWorker({ database, transport, untilIdleMs: 60_000 });
 */
export async function startSlotWorker(options: SlotWorkerOptions): Promise<SlotWorker> {
  checkRunSettings(options);
  const workers = await chooseWorkers(options.database, options.workers ?? 'auto');
  const worker = new RunningSlotWorker(options, workers);
  await worker.begin();
  return worker;
}

class RunningSlotWorker implements SlotWorker {
  readonly ended: Promise<SlotWorkerResult>;
  readonly #options: SlotWorkerOptions;
  readonly #workers: number;
  readonly #runs: OpenRuns;
  readonly #idleWorkers: number[];
  readonly #told = new Set<string>();
  readonly #result: SlotWorkerResult = {
    chunks: 0,
    skipped: 0,
    refused: 0,
    inserted: 0,
    existing: 0,
    failed: 0,
    retries: 0,
    deadlocks: 0,
  };
  #consumer: Consumer | undefined;
  #busy = 0;
  #idleSinceMs = performance.now();
  #idleTimer: NodeJS.Timeout | undefined;
  #stopped: Promise<void> | undefined;
  #forget: () => void = () => {};
  #end: { resolve(result: SlotWorkerResult): void; reject(error: unknown): void } | undefined;

  constructor(options: SlotWorkerOptions, workers: number) {
    const { database, leaseMs = defaultLeaseMs, retry } = options;
    this.#options = options;
    this.#workers = workers;
    this.#runs = new OpenRuns({ database, workers, leaseMs, retry });
    this.#idleWorkers = Array.from({ length: workers }, (_, worker) => worker).reverse();
    this.ended = new Promise((resolve, reject) => (this.#end = { resolve, reject }));
  }

  async begin(): Promise<void> {
    const { database, transport, topic = defaultChunkTopic, signal } = this.#options;
    await createChunkTopic(transport, topic);
    const group = chunkGroupOf(topic);
    const handle = (message: Message, context: HandlerContext): Promise<void> => this.#handle(message, context);
    this.#consumer = await startConsumer({
      database,
      transport,
      group,
      topics: [topic],
      concurrency: this.#workers,
      handlers: { [chunkMessageType]: { name: 'do-chunk', handle } },
      onEvent: (event) => this.#note(event),
    });
    this.#tell({ kind: 'ready', workers: this.#workers, topic, group });
    this.#watchIdle();
    this.#forget = onAbort(signal, () => void this.stop());
  }

  stop(): Promise<void> {
    this.#stopped ??= this.#finish();
    return this.#stopped;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.stop();
  }

  async #finish(): Promise<void> {
    clearInterval(this.#idleTimer);
    this.#forget();
    try {
      await this.#consumer?.stop();
      await this.#runs.close();
      this.#end?.resolve({ ...this.#result });
    } catch (error) {
      this.#end?.reject(error);
    }
  }

  #watchIdle(): void {
    const { untilIdleMs } = this.#options;
    if (untilIdleMs === undefined) return;
    this.#idleSinceMs = performance.now();
    const look = (): void => {
      if (this.#busy === 0 && performance.now() - this.#idleSinceMs >= untilIdleMs) void this.stop();
    };
    this.#idleTimer = setInterval(look, Math.min(100, untilIdleMs));
  }

  #note(event: ConsumerEvent): void {
    if (event.kind === 'failed') this.#tell({ kind: 'failed', error: event.error });
    if (event.kind === 'dead') this.#tell({ kind: 'failed', error: event.error });
    if (event.kind === 'retrying') this.#idleSinceMs = performance.now() + event.waitMs;
  }

  #tell(event: SlotWorkerEvent): void {
    this.#options.onEvent?.(event);
  }

  async #handle(message: Message, context: HandlerContext): Promise<void> {
    const worker = this.#idleWorkers.pop() ?? 0;
    this.#busy += 1;
    try {
      await this.#take(readTask(message), { ...context, worker });
    } finally {
      this.#busy -= 1;
      this.#idleSinceMs = performance.now();
      this.#idleWorkers.push(worker);
    }
  }

  async #take(task: ChunkTask, context: HandlerContext & { worker: number }): Promise<void> {
    const { database } = this.#options;
    const run = await this.#findRun(task);
    if (run === undefined || run.identity !== task.identity) return this.#refuse(task, unknownRun(task.runId));
    const isOver = run.state === 'finished' && run.epoch === task.epoch;
    const refusal = isOver ? undefined : refusalToWorkers(run, task);
    if (refusal !== undefined) return this.#refuse(task, refusal);
    if (isOver || (await readCheckpoint(database, task.runId, task.chunk))) return this.#skip(task, run);
    await this.#attempt(task, run, context);
  }

  /** A refused task is lost. So before a refusal, the run is read again on the writer. */
  async #findRun(task: ChunkTask): Promise<RunRecord | undefined> {
    const { database } = this.#options;
    const run = await findRun(database, task.runId);
    const isWelcome = run?.identity === task.identity && refusalToWorkers(run, task) === undefined;
    return isWelcome ? run : findRunOnWriter(database, task.runId);
  }

  async #attempt(task: ChunkTask, run: RunRecord, context: HandlerContext & { worker: number }): Promise<void> {
    const { signal, worker, isLastAttempt } = context;
    const doing: ChunkContext = {
      signal,
      worker,
      tell: (event) => this.#tell(event),
      onRetry: ({ error }) => {
        this.#result.retries += 1;
        if (isDeadlock(error)) this.#result.deadlocks += 1;
      },
    };
    try {
      await this.#runs.borrow(run, task, async (open) => {
        const counts = await doChunk(open, task, doing);
        if (counts === undefined) return this.#skip(task, run);
        this.#add(counts);
        await this.#finishIfDone(open, task);
      });
    } catch (error) {
      if (isTablepickError(error, 'RUN_TAKEN_OVER')) return this.#refuse(task, error);
      const isFatal = isTablepickError(error) ? !isPassing(error) : isLastAttempt;
      if (!isFatal || signal.aborted) throw error;
      await this.#halt(task, error);
    }
  }

  #add({ inserted, existing, failed }: ChunkCounts): void {
    const result = this.#result;
    result.chunks += 1;
    result.inserted += inserted;
    result.existing += existing;
    result.failed += failed;
  }

  /**
   * The worker that commits the last checkpoint sees all of them. So a worker finishes the run, also when nobody
   * follows it.
   */
  async #finishIfDone(open: WorkerRun, { epoch }: ChunkTask): Promise<void> {
    const { runId, chunks } = open.run;
    if (!(await finishIfDone(this.#options.database, { runId, chunks, epoch }))) return;
    await open.strategy.finish?.(open);
    this.#tell({ kind: 'run-finished', runId });
  }

  /** Also finishes the run, because its last worker may have died before that. */
  async #skip({ runId, chunk, epoch }: ChunkTask, { chunks, state }: RunRecord): Promise<void> {
    this.#result.skipped += 1;
    this.#tell({ kind: 'chunk-skipped', runId, chunk });
    if (state === 'running') await finishIfDone(this.#options.database, { runId, chunks, epoch });
  }

  /**
   * An error that a retry cannot repair stops the whole run, as in a local run. Followers of the run get the error.
   */
  async #halt(task: ChunkTask, error: unknown): Promise<void> {
    const { code, message, hint } = isTablepickError(error)
      ? error
      : new TablepickError('QUERY_FAILED', `chunk ${task.chunk} of run ${task.runId}: ${String(error)}`);
    await haltRun(this.#options.database, task, { code, message, hint: hint ?? null });
    this.#refuse(task, new TablepickError(code, message, hint === undefined ? {} : { hint }));
  }

  #refuse({ runId, epoch }: ChunkTask, { code, message, hint }: TablepickError): void {
    this.#result.refused += 1;
    const name = `${runId} ${epoch} ${code}`;
    if (this.#told.has(name)) return;
    this.#told.add(name);
    this.#tell({ kind: 'refused', runId, code, message, hint });
  }
}

function unknownRun(runId: number): TablepickError {
  return new TablepickError('RUN_UNKNOWN', `there is no run ${runId} in this database whose chunks these are`, {
    hint: 'tablepick runs list; databases that share a Kafka need a --topic each',
  });
}
