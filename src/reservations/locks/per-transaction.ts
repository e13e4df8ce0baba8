import type { Transaction } from '../../database/index.js';
import { isDuplicateKey, isLockWait } from '../../database/index.js';
import { isTablepickError } from '../../errors.js';
import { NO_RETRY, defaultRetryBudgets } from '../../retry.js';
import { type Answer, answerRefused, standingOnWriter } from '../requests/answer-request.js';
import type { LocatedRequest, ReservationOutcome } from '../reservation.js';
import { resolveUnanswered } from '../requests/resolve-unanswered.js';
import { writeReservation } from '../requests/write-reservations.js';
import type { LockGuarantees, LockStrategy, StrategyContext } from './lock-strategy.js';

/** Arguments of a strategy's statements. */
export interface RequestWork {
  tx: Transaction;
  located: LocatedRequest;
  context: StrategyContext;
  /** Inserts the reservation and its further rows. Returns its id. */
  writeReservation: () => Promise<number>;
}

/** A strategy that serves each request in a transaction of its own. */
export interface PerTransactionStrategy {
  name: string;
  guarantees: LockGuarantees;
  /** False: a conflict is the outcome `contended` at once. Default true. */
  retriesConflicts?: boolean;
  /** False: a row lock wait that timed out (1205) is thrown, and the caller decides. Default true. */
  retriesLockWaits?: boolean;
  /** Longest wait for one row lock. Default: as the server is set. */
  lockWaitSeconds?: number | undefined;
  /**
   * Takes the seats, writes the reservation and returns its id.
   *
   * @throws {@link SeatsMissing} when there are too few; everything is rolled back.
   */
  reserve(work: RequestWork): Promise<number>;
}

/** Thrown to roll a transaction back when there are too few seats. */
export class SeatsMissing extends Error {}

/** Most tries, because a conflicting reservation may be gone when it is looked for. */
const MOST_TRIES = 20;

/** Makes a {@link LockStrategy} from statements that run once for each request. */
export function perTransaction(strategy: PerTransactionStrategy): LockStrategy {
  const { name, guarantees } = strategy;
  return {
    name,
    guarantees,
    open: (context) => ({
      reserve: (located, signal) => reserveLocated(strategy, { located, context, signal }),
      close: () => Promise.resolve(),
    }),
  };
}

interface Request {
  located: LocatedRequest;
  context: StrategyContext;
  signal: AbortSignal | undefined;
}

interface Progress {
  attempts: number;
  /** A duplicate key error for which the last look found no conflicting reservation. */
  refusal?: unknown;
}

/** Runs one request to its outcome. */
export async function reserveLocated(strategy: PerTransactionStrategy, request: Request): Promise<ReservationOutcome> {
  const progress: Progress = { attempts: 1 };
  for (let tries = 1; tries < MOST_TRIES; tries += 1) {
    const answer = await tryOnce(strategy, request, progress);
    if (answer instanceof Error) throw answer;
    if (answer !== undefined) return answer;
    progress.attempts += 1;
  }
  if (progress.refusal !== undefined) throw progress.refusal;
  return { kind: 'contended', attempts: progress.attempts };
}

/** Undefined when nothing was written and another try may succeed. */
async function tryOnce(
  strategy: PerTransactionStrategy,
  { located, context, signal }: Request,
  progress: Progress,
): Promise<Answer | undefined> {
  const conflict = strategy.retriesConflicts === false ? NO_RETRY : context.conflictRetry;
  try {
    const reservationId = await context.database.transaction(
      (tx) => reserveOn(tx, strategy, { located, context, signal }),
      {
        isolation: context.isolation,
        lockWaitSeconds: strategy.lockWaitSeconds,
        signal,
        retry: { conflict, connection: defaultRetryBudgets.connection },
        onRetry: ({ error }) => {
          if (mustThrow(strategy, error)) throw error;
          progress.attempts += 1;
        },
      },
    );
    return { kind: 'reserved', reservationId };
  } catch (error) {
    if (mustThrow(strategy, error)) throw error;
    return answerFailure(error, { located, context, signal }, progress);
  }
}

/** Explains a refusal on the same connection. On another one, it would wait in line once more. */
async function reserveOn(tx: Transaction, strategy: PerTransactionStrategy, request: Request): Promise<number> {
  const { located, context } = request;
  try {
    return await strategy.reserve({
      tx,
      located,
      context,
      writeReservation: () => writeReservation(tx, located, context),
    });
  } catch (error) {
    if (error instanceof SeatsMissing) throw new Refused(await answerRefused(tx, located));
    throw error;
  }
}

/** Thrown to end a transaction that took nothing. It carries the answer. */
class Refused extends Error {
  constructor(readonly answer: Answer) {
    super('the request was refused');
  }
}

function mustThrow({ retriesLockWaits }: PerTransactionStrategy, error: unknown): boolean {
  return retriesLockWaits === false && isLockWait(error);
}

async function answerFailure(
  error: unknown,
  { located, context }: Request,
  progress: Progress,
): Promise<Answer | undefined> {
  const { database } = context;
  if (error instanceof Refused) return error.answer;
  if (isTablepickError(error, 'CONFLICT')) return { kind: 'contended', attempts: progress.attempts };
  progress.refusal = isDuplicateKey(error) ? error : undefined;
  if (progress.refusal !== undefined) return (await standingOnWriter(database, [located])).get(located);
  if (isTablepickError(error, 'COMMIT_UNKNOWN')) {
    const resolution = await resolveUnanswered(database, [located], context.resolveWithinMs);
    if (resolution.kind === 'known') return resolution.answers.get(located);
    return { kind: 'unknown', idempotencyKey: located.idempotencyKey };
  }
  throw error;
}
