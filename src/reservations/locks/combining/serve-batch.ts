import { isLockWait } from '../../../database/index.js';
import { isTablepickError } from '../../../errors.js';
import { NO_RETRY, defaultRetryBudgets } from '../../../retry.js';
import { type Answer, standingOnWriter } from '../../requests/answer-request.js';
import { isOfOneRequest } from '../../transitions/failures.js';
import type { LocatedRequest } from '../../reservation.js';
import { resolveUnanswered } from '../../requests/resolve-unanswered.js';
import { atomicStatements } from '../atomic.js';
import { type WaysOut, answerFailed } from './answer-failed.js';
import type { Answers, BatchContext, Decision } from './batch.js';
import { combineRequests } from './combine-requests.js';
import { combineSure } from './combine-sure.js';
import { NotSure } from './not-sure.js';
import { mayKeepConnection } from './kept-connections.js';
import type { StrategyContext } from '../lock-strategy.js';
import { findStuck } from './find-stuck.js';
import { type PerTransactionStrategy, reserveLocated } from '../per-transaction.js';

const NONE: Answers = new Map();
/** Longest wait for one of several slots, because the slots already locked block everybody else meanwhile. */
const SEVERAL_SLOTS_WAIT_SECONDS = 1;
/** Lock waits are not retried, so that later requests do not wait for the same lock many times. */
const ALONE: PerTransactionStrategy = { ...atomicStatements, retriesLockWaits: false };

/**
 * Serves requests in one transaction and answers them after its COMMIT. Those that seem sure to get their seats are
 * served in a transaction before the others. When one request makes all fail, it is found by halving, so that the
 * others do not fail with it. It never rejects: failures are answers.
 */
export async function serveBatch(requests: readonly LocatedRequest[], batch: BatchContext): Promise<Answers> {
  const sure = await batch.findSure(requests);
  if (sure.length <= 1) return serve(requests, batch);
  if (sure.length === requests.length) return serveSure(sure, batch);
  const isSure = new Set(sure);
  const others = requests.filter((located) => !isSure.has(located));
  // The others insert with their slots locked. The next batch must not insert before they have ended, too.
  const answers = await serveSure(sure, { ...batch, turn: { ...batch.turn, hasInserted: () => {} } });
  return new Map([...answers, ...(await serve(others, batch))]);
}

async function serveSure(requests: readonly LocatedRequest[], batch: BatchContext): Promise<Answers> {
  const { mayInsert } = batch.turn;
  if (!mayKeepConnection(batch.context.database, mayInsert)) await mayInsert;
  const once = { ...batch, context: { ...batch.context, conflictRetry: NO_RETRY } };
  return tryWith(requests, batch, (attempt) =>
    commitTogether(combineSure, { requests, batch: once, attempt }).catch((error: unknown) => {
      // With the slots locked first, there is no deadlock.
      throw isTablepickError(error, 'CONFLICT') && !isLockWait(error) ? new NotSure() : error;
    }),
  );
}

interface Attempt {
  decision: Decision | undefined;
  attempts: number;
}

/** A single request is served by the statements of `atomic`, which are fewer. */
async function serve(requests: readonly LocatedRequest[], batch: BatchContext): Promise<Answers> {
  const [first, ...others] = requests;
  if (first === undefined) return NONE;
  await batch.turn.mayLock;
  return tryWith(requests, batch, (attempt) =>
    others.length === 0 ? serveOne(first, batch) : commitTogether(combineRequests, { requests, batch, attempt }),
  );
}

async function tryWith(
  requests: readonly LocatedRequest[],
  batch: BatchContext,
  work: (attempt: Attempt) => Promise<Answers>,
): Promise<Answers> {
  const attempt: Attempt = { decision: undefined, attempts: 1 };
  try {
    return await work(attempt);
  } catch (error) {
    return answerFailed(error, requests, waysOut(batch, attempt));
  }
}

/** Made only when requests have failed. */
function waysOut(batch: BatchContext, attempt: Attempt): WaysOut {
  const { database, recordChanges } = batch.context;
  return {
    attempts: attempt.attempts,
    serve: (requests) => serve(requests, batch),
    resolve: (requests) => resolveBatch(requests, batch.context, attempt.decision),
    standing: (requests) => standingOnWriter(database, requests),
    findStuck: async (requests) => {
      const stuck = await findStuck(database, requests);
      batch.stuck.add(stuck.slotIds);
      return stuck.requests;
    },
    isOfOneRequest: (error) => isOfOneRequest(error, recordChanges),
  };
}

async function serveOne(located: LocatedRequest, { context, lockWaitSeconds }: BatchContext): Promise<Answers> {
  const strategy = { ...ALONE, lockWaitSeconds };
  return new Map([[located, await reserveLocated(strategy, { located, context, signal: undefined })]]);
}

async function commitTogether(
  combine: typeof combineRequests,
  { requests, batch, attempt }: { requests: readonly LocatedRequest[]; batch: BatchContext; attempt: Attempt },
): Promise<Answers> {
  const { database, isolation, conflictRetry } = batch.context;
  const { answers } = await database.transaction(
    async (tx) => {
      attempt.decision = await combine(tx, requests, batch);
      return attempt.decision;
    },
    {
      isolation,
      lockWaitSeconds: waitFor(requests, batch),
      retry: { conflict: conflictRetry, connection: defaultRetryBudgets.connection },
      onRetry: ({ error }) => {
        if (isLockWait(error)) throw error;
        attempt.attempts += 1;
      },
    },
  );
  return answers;
}

function waitFor(requests: readonly LocatedRequest[], { lockWaitSeconds }: BatchContext): number {
  const only = requests[0]?.slots[0]?.slotId;
  const isOne = requests.every(({ slots }) => slots.length === 1 && slots[0]!.slotId === only);
  return isOne ? lockWaitSeconds : Math.min(lockWaitSeconds, SEVERAL_SLOTS_WAIT_SECONDS);
}

/**
 * The decision is valid when every granted reservation is there as it was written. Otherwise it was never committed,
 * and all requests are served again.
 */
async function resolveBatch(
  requests: readonly LocatedRequest[],
  { database, resolveWithinMs }: StrategyContext,
  decision: Decision | undefined,
): Promise<Answers> {
  if (decision === undefined || decision.granted.length === 0) return NONE;
  const { answers, granted } = decision;
  const resolution = await resolveUnanswered(database, granted, resolveWithinMs);
  if (resolution.kind === 'unknown') {
    return new Map(requests.map((located) => [located, { kind: 'unknown', idempotencyKey: located.idempotencyKey }]));
  }
  const isThere = (located: LocatedRequest): boolean => {
    const found = resolution.answers.get(located);
    return found !== undefined && isSameReservation(found, answers.get(located));
  };
  return granted.every(isThere) ? answers : NONE;
}

function isSameReservation(found: Answer, decided: Answer | undefined): boolean {
  const [one, other] = [found, decided].map((answer) =>
    answer === undefined || answer instanceof Error || answer.kind !== 'reserved' ? undefined : answer.reservationId,
  );
  return one !== undefined && one === other;
}
