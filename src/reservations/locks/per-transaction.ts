import type { Transaction } from '../../database/index.js';
import { isDuplicateKey, isLockWait } from '../../database/index.js';
import { isTablepickError } from '../../errors.js';
import { NO_RETRY, defaultRetryBudgets } from '../../retry.js';
import { type Answer, answerRefused, standingOnWriter } from '../requests/answer-request.js';
import type { Claim, ReservationOutcome } from '../reservation.js';
import { resolveClaims } from '../requests/resolve-unanswered.js';
import { writeReservation } from '../requests/write-reservations.js';
import type { LockGuarantees, LockStrategy, StrategyTools } from './lock-strategy.js';

/** What a strategy's statements are given. */
export interface ClaimWork {
  tx: Transaction;
  claim: Claim;
  tools: StrategyTools;
  /** Inserts the reservation and what goes with it; returns its id. */
  writeReservation: () => Promise<number>;
}

/** A strategy that serves each claim in a transaction of its own. */
export interface PerTransactionStrategy {
  name: string;
  guarantees: LockGuarantees;
  /** False: a conflict is the outcome `contended` at once. Default true. */
  retriesConflicts?: boolean;
  /** False: a row lock that was waited for in vain (1205) is thrown, for whoever runs the strategy to decide. Default true. */
  retriesLockWaits?: boolean;
  /** Longest wait for one row lock. Default: as the server is set. */
  lockWaitSeconds?: number | undefined;
  /**
   * Takes the seats, writes the reservation and returns its id.
   *
   * @throws {@link SeatsMissing} when there are too few; everything is rolled back.
   */
  reserve(work: ClaimWork): Promise<number>;
}

/** Too few seats: the way out of a transaction that must be rolled back. */
export class SeatsMissing extends Error {}

/** A reservation that stood in the way may be gone when it is looked for. */
const MOST_TRIES = 20;

/** Makes a {@link LockStrategy} of statements that run once a claim. */
export function perTransaction(strategy: PerTransactionStrategy): LockStrategy {
  const { name, guarantees } = strategy;
  return {
    name,
    guarantees,
    open: (tools) => ({
      reserve: (claim, signal) => reserveClaim(strategy, { claim, tools, signal }),
      close: () => Promise.resolve(),
    }),
  };
}

interface Request {
  claim: Claim;
  tools: StrategyTools;
  signal: AbortSignal | undefined;
}

interface Progress {
  attempts: number;
  /** A key that is there already, of which the last look found nothing in the claim's way. */
  refusal?: unknown;
}

/** Runs one claim to its outcome. */
export async function reserveClaim(strategy: PerTransactionStrategy, request: Request): Promise<ReservationOutcome> {
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

/** Undefined: nothing was written, and it may go better next time. */
async function tryOnce(
  strategy: PerTransactionStrategy,
  { claim, tools, signal }: Request,
  progress: Progress,
): Promise<Answer | undefined> {
  const conflict = strategy.retriesConflicts === false ? NO_RETRY : tools.conflictRetry;
  try {
    const reservationId = await tools.database.transaction((tx) => reserveOn(tx, strategy, { claim, tools, signal }), {
      isolation: tools.isolation,
      lockWaitSeconds: strategy.lockWaitSeconds,
      signal,
      retry: { conflict, connection: defaultRetryBudgets.connection },
      onRetry: ({ error }) => {
        if (mustThrow(strategy, error)) throw error;
        progress.attempts += 1;
      },
    });
    return { kind: 'reserved', reservationId };
  } catch (error) {
    if (mustThrow(strategy, error)) throw error;
    return answerFailure(error, { claim, tools, signal }, progress);
  }
}

/** A refusal is explained where it was met: on another connection it would wait in line once more. */
async function reserveOn(tx: Transaction, strategy: PerTransactionStrategy, request: Request): Promise<number> {
  const { claim, tools } = request;
  try {
    return await strategy.reserve({ tx, claim, tools, writeReservation: () => writeReservation(tx, claim, tools) });
  } catch (error) {
    if (error instanceof SeatsMissing) throw new Refused(await answerRefused(tools.database, tx, claim));
    throw error;
  }
}

/** The way out of a transaction that took nothing, with the answer. */
class Refused extends Error {
  constructor(readonly answer: Answer) {
    super('the claim was refused');
  }
}

function mustThrow({ retriesLockWaits }: PerTransactionStrategy, error: unknown): boolean {
  return retriesLockWaits === false && isLockWait(error);
}

async function answerFailure(
  error: unknown,
  { claim, tools }: Request,
  progress: Progress,
): Promise<Answer | undefined> {
  const { database } = tools;
  if (error instanceof Refused) return error.answer;
  if (isTablepickError(error, 'CONFLICT')) return { kind: 'contended', attempts: progress.attempts };
  progress.refusal = isDuplicateKey(error) ? error : undefined;
  if (progress.refusal !== undefined) return (await standingOnWriter(database, [claim])).get(claim);
  if (isTablepickError(error, 'COMMIT_UNKNOWN')) {
    const resolution = await resolveClaims(database, [claim], tools.resolveWithinMs);
    if (resolution.kind === 'known') return resolution.answers.get(claim);
    return { kind: 'unknown', idempotencyKey: claim.idempotencyKey };
  }
  throw error;
}
