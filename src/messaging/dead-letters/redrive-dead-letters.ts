import { sleepUnlessAborted } from '../../abort/sleep-unless-aborted.js';
import type { Database } from '../../database/index.js';
import { TablepickError, isTablepickError } from '../../errors.js';
import { type ChosenLetters, type DeadLetterChoice, chooseLetters } from './choose-letters.js';
import { type RedriveOutcome, type RedriveRefusal, type RedriveRules, redriveLetter } from './redrive-letter.js';

/** Settings of {@link redriveDeadLetters}. */
export interface RedriveOptions {
  /** Reports the result that a redrive would have, and writes nothing. */
  dryRun?: boolean | undefined;
  /** Most letters a second, above 0. Default: as fast as it goes. */
  ratePerSecond?: number | undefined;
  /** A letter that was redriven this many times, and is dead again, is refused. Default 3. */
  mostRedrives?: number | undefined;
  /**
   * Redrives also letters that were redriven too often. When letters are named by id, it redrives also those that are
   * already on their way.
   */
  force?: boolean | undefined;
  /** Ends the redrive after the letters under way. */
  signal?: AbortSignal | undefined;
  /** Called for each letter, once it is committed. */
  onEvent?: ((event: RedriveOutcome) => void) | undefined;
}

/** What a redrive did, or with `dryRun` would do. */
export interface RedriveResult {
  redriven: number;
  refused: { id: number; why: RedriveRefusal; text: string }[];
  /** Letters that somebody else redrove, parked or removed before. */
  skipped: number;
  /** Chosen letters that were not looked at, because of `limit` or the signal. */
  left: number;
}

const DEFAULT_MOST_REDRIVES = 3;

/** Letters of one transaction. */
const MOST_OF_BATCH = 100;

/** When a rate is set, about this many batches run per second. */
const BATCHES_PER_SECOND = 10;

/**
 * Sends dead letters again. Each goes back into the outbox of the same database, in the transaction that marks it. Its
 * id, key, topic and payload stay the same byte for byte, and its attempt grows by one. A relay sends it, and its group
 * handles it. Other groups skip it as long as their inbox remembers it. It comes behind later messages of its key. When
 * it fails again, the same letter is dead again. However many redrive at once, each letter is sent once.
 *
 * Letters are taken in the order of their ids. When they are named by id, parked letters are redriven, too.
 *
 * @throws `DEAD_LETTER_UNKNOWN` for ids that are none; `BAD_OPTION`; `COMMIT_UNKNOWN`, after which the same call goes
 * on.
 * @example
 * const { redriven, refused } = await redriveDeadLetters(database, { group: 'stock', reason: 'GATEWAY_UNAVAILABLE' });
 */
export async function redriveDeadLetters(
  database: Database,
  choice: DeadLetterChoice,
  options: RedriveOptions = {},
): Promise<RedriveResult> {
  checkOptions(options);
  const letters = await chooseLetters(database, choice);
  const rules = rulesOf(choice, options);
  const result: RedriveResult = { redriven: 0, refused: [], skipped: 0, left: 0 };
  const job = { database, letters, rules, options, result, limit: choice.limit ?? Infinity };
  const lastId = await redriveAll(job);
  result.left = await letters.count(lastId);
  return result;
}

function checkOptions({ ratePerSecond = 1, mostRedrives = 0 }: RedriveOptions): void {
  if (!(ratePerSecond > 0)) throw new TablepickError('BAD_OPTION', `ratePerSecond is ${ratePerSecond}, not above 0`);
  if (!(mostRedrives >= 0)) throw new TablepickError('BAD_OPTION', `mostRedrives is ${mostRedrives}, not 0 or more`);
}

function rulesOf({ ids }: DeadLetterChoice, options: RedriveOptions): RedriveRules {
  const { dryRun = false, force = false, mostRedrives = DEFAULT_MOST_REDRIVES } = options;
  const byId = force ? (['DEAD', 'PARKED', 'REDRIVEN'] as const) : (['DEAD', 'PARKED'] as const);
  return { dryRun, from: ids === undefined ? ['DEAD'] : byId, mostRedrives: force ? undefined : mostRedrives };
}

interface Job {
  database: Database;
  letters: ChosenLetters;
  rules: RedriveRules;
  options: RedriveOptions;
  result: RedriveResult;
  limit: number;
}

/** Resolves with the last id it has looked at. */
async function redriveAll(job: Job): Promise<number> {
  const { letters, options, limit } = job;
  const { signal, dryRun = false } = options;
  const pace = createPace(dryRun ? undefined : options.ratePerSecond);
  let lastId = 0;
  let looked = 0;
  while (!signal?.aborted && looked < limit) {
    const ids = await letters.next(lastId, Math.min(pace.batch, limit - looked));
    const outcomes = ids.length === 0 ? [] : await redriveBatch(job, ids);
    if (outcomes.length === 0) break;
    count(job, outcomes);
    looked += ids.length;
    lastId = ids.at(-1)!;
    const waitMs = pace.waitMs(outcomes.filter(({ kind }) => kind === 'redriven').length);
    if (waitMs > 0) await sleepUnlessAborted(waitMs, signal);
  }
  return lastId;
}

/** Redrives in one transaction. When the signal fires during the wait for a connection, no letter is redriven. */
async function redriveBatch({ database, rules, options }: Job, ids: readonly number[]): Promise<RedriveOutcome[]> {
  const { signal } = options;
  try {
    return await database.transaction(
      async (tx) => {
        const outcomes: RedriveOutcome[] = [];
        for (const id of ids) outcomes.push(await redriveLetter(tx, id, rules));
        return outcomes;
      },
      { signal },
    );
  } catch (error) {
    if (signal?.aborted && isTablepickError(error, 'ABORTED')) return [];
    throw error;
  }
}

function count({ result, options }: Job, outcomes: readonly RedriveOutcome[]): void {
  for (const outcome of outcomes) {
    if (outcome.kind === 'redriven') result.redriven += 1;
    else if (outcome.kind === 'skipped') result.skipped += 1;
    else result.refused.push({ id: outcome.id, why: outcome.why, text: outcome.text });
    options.onEvent?.(outcome);
  }
}

interface Pace {
  /** Letters of one batch. */
  batch: number;
  /** How long to wait after `letters` more. */
  waitMs(letters: number): number;
}

function createPace(ratePerSecond: number | undefined): Pace {
  if (ratePerSecond === undefined) return { batch: MOST_OF_BATCH, waitMs: () => 0 };
  let dueMs = performance.now();
  return {
    batch: Math.min(MOST_OF_BATCH, Math.max(1, Math.floor(ratePerSecond / BATCHES_PER_SECOND))),
    waitMs: (letters) => {
      const now = performance.now();
      // When the database was slow, the lost time is not made up for.
      dueMs = Math.max(dueMs, now - 1000 / BATCHES_PER_SECOND) + (letters / ratePerSecond) * 1000;
      return Math.min(dueMs - now, 2 ** 31 - 1);
    },
  };
}
