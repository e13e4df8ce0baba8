import { stoppable } from '../../closing.js';
import { sleepUnlessAborted } from '../../abort/sleep-unless-aborted.js';
import type { Database } from '../../database/index.js';
import { requireFitOnce } from '../../database/fit/require-fit-once.js';
import { checkInteger } from '../../check-option.js';
import { TablepickError, isTablepickError } from '../../errors.js';
import { inParallel } from '../../in-parallel.js';
import { keepDoing } from '../../keep-doing.js';
import { type RetryBudget, backoffMs } from '../../retry.js';
import { Notifier } from '../notifier.js';
import { LANES, addLanes } from '../outbox/claim-outbox.js';
import { type Forwarding, forwardingTo } from '../forwarding.js';
import { type CleanUpOptions, keepCleaning } from '../clean-up.js';
import { BATCH_ROWS, type BatchContext, relayBatch } from './relay-batch.js';
import type { RelayEvent } from './relay-event.js';
import { RELAY_TABLES } from '../messaging-tables.js';
import type { Transport } from '../transport.js';
import { arePending, isOutboxPending } from '../outbox/outbox-status.js';
import { outboxWake } from '../outbox/wakes.js';

/** Settings of {@link startRelay}. */
export interface RelayOptions {
  /** The database of the outbox. */
  database: Database;
  transport: Pick<Transport, 'publish'>;
  /** Rows of one batch, 1 or more. Default 1000. */
  batchRows?: number | undefined;
  /**
   * Most batches under way at once, when the relay is behind or has failed. Each holds a connection of the pool.
   * Default 8, less when the pool is small.
   */
  workers?: number | undefined;
  /** Wait between two looks at the outbox. They find messages of other processes. Default 600. */
  pollMs?: number | undefined;
  /** `false`: COMMITs of this process do not wake it. Default true. */
  wake?: boolean | undefined;
  /** Settings of the removal of old messages. `false`: this relay removes none. */
  cleanUp?: CleanUpOptions | false | undefined;
  onEvent?: ((event: RelayEvent) => void) | undefined;
}

/** A relay at work. */
export interface Relay extends AsyncDisposable {
  /** Resolves when the batches under way are marked. */
  stop(): Promise<void>;
}

/** Wait when other relays hold all lanes of a share. */
const LANES_TAKEN_MS = 100;

const FAILURE_BACKOFF: RetryBudget = { retries: Infinity, baseMs: 200, capMs: 5000 };

/**
 * Sends the messages that transactions appended to the outbox, at least once and in order per key. A row is marked
 * after the transport has acknowledged it. Until then, nobody else sends rows of its lane. Any number of relays share
 * an outbox. Each batch holds the row locks of its lanes, which end with its connection. Rows are found by their
 * status, so a transaction that commits late loses nothing.
 *
 * When tables do not fit, the relay reports `failed` and sends nothing until they are repaired. When the transport
 * refuses a message for good, it goes to the dead letters, and the next messages are sent.
 *
 * @throws `BAD_OPTION`, e.g. when the pool is too small.
 * @example
 * const relay = startRelay({ database, transport, onEvent: (event) => console.log(event.kind) });
 */
export function startRelay(options: RelayOptions): Relay {
  const { workers = workersFor(options.database), batchRows = BATCH_ROWS, cleanUp = {} } = options;
  checkWorkers(workers, options.database);
  checkInteger('batchRows', batchRows, { min: 1 });
  if (cleanUp !== false) checkCleanUp(cleanUp);
  const stopping = new AbortController();
  const { signal } = stopping;
  const notifier = new Notifier(signal);
  const unlisten = options.wake === false ? () => {} : outboxWake.on(() => notifier.notify());
  const context = { ...options, workers, batchRows, notifier, looks: new Notifier(signal), signal };
  const relaying = keepRelaying(context);
  const cleaning = cleanUp === false ? undefined : keepCleaning(options.database, cleanUp);
  const looking = lookNowAndThen(context);
  return stoppable(async () => {
    stopping.abort();
    unlisten();
    await Promise.all([relaying, looking.stop(), cleaning?.stop()]);
  });
}

/** With `relayedBy: 'debezium'`, the clean-up would remove messages that the relay has not sent yet. */
function checkCleanUp({ relayedBy }: CleanUpOptions): void {
  if (relayedBy !== 'debezium') return;
  throw new TablepickError('BAD_OPTION', 'a relay may not clean up an outbox that Debezium relays', {
    hint: "give relayedBy: 'debezium' to the service instead of starting a relay",
  });
}

/** Leaves connections to a transport that publishes over the same pool. */
function workersFor({ poolSize }: Database): number {
  return Math.max(1, Math.min(8, Math.floor((poolSize - 1) / 2)));
}

function checkWorkers(workers: number, { poolSize }: Database): void {
  checkInteger('workers', workers, {
    min: 1,
    max: Math.min(LANES, poolSize - 1),
    message: `a relay of ${workers} workers on a pool of ${poolSize} connections`,
    hint: `1 to ${LANES} workers; the pool needs one connection more than there are workers, and some for whoever publishes through it`,
  });
}

interface RelayContext extends RelayOptions {
  workers: number;
  batchRows: number;
  /** Notifies when rows may wait. */
  notifier: Notifier;
  /** Notifies when a look at the outbox has found rows. Other processes may have appended them. */
  looks: Notifier;
  signal: AbortSignal;
}

/**
 * Relays one batch after another until nothing is left, then waits for the notifier. Several workers that forward would
 * wait for each other's partitions, so one does it unless something fails. After a batch that was not full,
 * all that is left was appended since and has notified. Only what other processes append does not notify.
 */
async function keepRelaying(context: RelayContext): Promise<void> {
  const { batchRows, notifier, looks, signal } = context;
  let failures = 0;
  let ready: Ready | undefined;
  let isBehind = false;
  let hasFailed = false;
  let looksAtEmpty = looks.count;
  while (!signal.aborted) {
    const heard = notifier.count;
    try {
      ready ??= await getReady(context);
      const batch = { ...context, forwarding: ready.forwarding };
      if (hasFailed || (ready.forwarding === undefined && (isBehind || ready.isBehind))) await catchUp(batch);
      hasFailed = false;
      ready.isBehind = false;
      const claimed = (await relayBatch(batch, { share: 0, of: 1 }, 'in turn')) ?? 0;
      isBehind = claimed >= batchRows;
      failures = 0;
      if (claimed === 0) looksAtEmpty = looks.count;
      if (!isBehind && looks.count === looksAtEmpty) await notifier.notifiedAfter(heard);
    } catch (error) {
      failures += 1;
      // After a failure, use all workers, so that one bad lane does not block the others. When no connection could be
      // opened, use one worker.
      isBehind = false;
      hasFailed = !isTablepickError(error, 'CONNECTION_LOST', 'POOL_TIMEOUT', 'SERVER_UNREACHABLE');
      ready = undefined;
      await waitAfterFailure(context, error, Math.max(50, backoffMs(FAILURE_BACKOFF, failures, Math.random())));
    }
  }
}

interface Ready {
  forwarding: Forwarding | undefined;
  isBehind: boolean;
}

/** It is done again after a failure, because the database may be another server then. */
async function getReady({ database, transport, batchRows, signal }: RelayContext): Promise<Ready> {
  await requireFitOnce(database, RELAY_TABLES);
  await database.transaction(addLanes, { retry: false, signal });
  const forwarding = await forwardingTo(transport)?.({ outbox: database, topicPrefix: '' });
  return { forwarding, isBehind: await arePending(database, { atLeast: batchRows, signal }) };
}

/**
 * Runs all workers at once, each with a share of the lanes, until a batch of one of them is less than half full. While
 * one batch is sent, others are claimed and marked. The limit is half a batch, because the lanes of a share do not
 * become empty all at once. When there is little to do, one worker is faster: with fewer transactions, a COMMIT waits
 * less for others.
 */
async function catchUp(context: RelayContext & BatchContext): Promise<void> {
  const { workers, batchRows, signal } = context;
  let isBehind = true;
  const relayShare = async (share: number): Promise<void> => {
    try {
      while (isBehind && !signal.aborted) {
        const claimed = await relayBatch(context, { share, of: workers }, 'alike');
        if (claimed === undefined) await sleepUnlessAborted(LANES_TAKEN_MS, signal);
        else if (claimed < batchRows / 2) isBehind = false;
      }
    } finally {
      isBehind = false;
    }
  };
  await inParallel(Array(workers).keys(), { concurrency: workers }, relayShare);
}

/** Looks at intervals, because other processes append without waking this one. */
function lookNowAndThen({ database, notifier, looks, pollMs = 600, onEvent }: RelayContext): { stop(): Promise<void> } {
  return keepDoing({
    everyMs: pollMs,
    begin: 'wait',
    onError: (error) => onEvent?.({ kind: 'failed', error, waitMs: pollMs }),
    work: async (signal) => {
      if (!(await isOutboxPending(database, signal))) return;
      looks.notify();
      notifier.notify();
    },
  });
}

async function waitAfterFailure({ onEvent, signal }: RelayContext, error: unknown, waitMs: number): Promise<void> {
  if (signal.aborted) return;
  onEvent?.({ kind: 'failed', error, waitMs });
  await sleepUnlessAborted(waitMs, signal);
}
