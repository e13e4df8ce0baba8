import { isDuplicateKey, isLockWait } from '../../../database/index.js';
import { isTablepickError } from '../../../errors.js';
import { NO_RETRY, defaultRetryBudgets } from '../../../retry.js';
import { type Answer, standingOnWriter } from '../../requests/answer-request.js';
import { isOfOneRequest } from '../../transitions/failures.js';
import type { Claim } from '../../reservation.js';
import { resolveClaims } from '../../requests/resolve-unanswered.js';
import { atomicStatements } from '../atomic.js';
import type { BatchTools, Decision } from './batch.js';
import { combineClaims } from './combine-requests.js';
import { NotSure, combineSure } from './combine-sure.js';
import { mayKeepConnection } from './kept-connections.js';
import type { StrategyTools } from '../lock-strategy.js';
import { findStuck } from './find-stuck.js';
import { type PerTransactionStrategy, reserveClaim } from '../per-transaction.js';

/** How the claims of a batch were answered; a claim without an answer is to be asked again. */
export type Answers = ReadonlyMap<Claim, Answer>;

const NONE: Answers = new Map();
/** Longest wait for one of several slots: those that are locked already are kept from everybody else meanwhile. */
const SEVERAL_SLOTS_WAIT_SECONDS = 1;
/** Who waits behind it must not wait for the same lock many times. */
const ALONE: PerTransactionStrategy = { ...atomicStatements, retriesLockWaits: false };

/**
 * Serves claims in one transaction and answers them after its COMMIT, those that seem sure to get their seats in one before the others.
 * A claim that makes the whole fail is found by halving, so that its neighbours do not fail with it. Never rejects: failures are answers.
 */
export async function serveBatch(claims: readonly Claim[], batch: BatchTools): Promise<Answers> {
  const sure = await batch.findSure(claims);
  if (sure.length <= 1) return serve(claims, batch);
  if (sure.length === claims.length) return serveSure(sure, batch);
  const isSure = new Set(sure);
  const others = claims.filter((claim) => !isSure.has(claim));
  // The next batch must not insert before the others, which do so with their slots locked, are through, too.
  const answers = await serveSure(sure, { ...batch, turn: { ...batch.turn, hasInserted: () => {} } });
  return new Map([...answers, ...(await serve(others, batch))]);
}

async function serveSure(claims: readonly Claim[], batch: BatchTools): Promise<Answers> {
  const { mayInsert } = batch.turn;
  if (!mayKeepConnection(batch.tools.database, mayInsert)) await mayInsert;
  const once = { ...batch, tools: { ...batch.tools, conflictRetry: NO_RETRY } };
  return tryWith(claims, batch, (attempt) =>
    commitTogether(combineSure, { claims, batch: once, attempt }).catch((error: unknown) => {
      // With the slots locked first there is no circle.
      throw isTablepickError(error, 'CONFLICT') && !isLockWait(error) ? new NotSure() : error;
    }),
  );
}

interface Attempt {
  decision: Decision | undefined;
  attempts: number;
}

/** One alone is served by the statements of `atomic`, which are fewer. */
async function serve(claims: readonly Claim[], batch: BatchTools): Promise<Answers> {
  const [first, ...others] = claims;
  if (first === undefined) return NONE;
  await batch.turn.mayLock;
  return tryWith(claims, batch, (attempt) =>
    others.length === 0 ? serveOne(first, batch) : commitTogether(combineClaims, { claims, batch, attempt }),
  );
}

async function tryWith(
  claims: readonly Claim[],
  batch: BatchTools,
  work: (attempt: Attempt) => Promise<Answers>,
): Promise<Answers> {
  const attempt: Attempt = { decision: undefined, attempts: 1 };
  try {
    return await work(attempt);
  } catch (error) {
    // Nothing was written, whatever fails while that is explained.
    return explain(error, { claims, batch, attempt }).catch((second: unknown) =>
      answerAll(claims, isTablepickError(second, 'CONFLICT') ? contended(attempt) : toError(second)),
    );
  }
}

async function explain(
  error: unknown,
  { claims, batch, attempt }: { claims: readonly Claim[]; batch: BatchTools; attempt: Attempt },
): Promise<Answers> {
  const { database, recordChanges } = batch.tools;
  if (error instanceof NotSure) return serve(claims, batch);
  if (isLockWait(error)) return serveUnlocked(claims, batch, attempt);
  if (claims.length === 1) return answerAll(claims, toError(error));
  if (isTablepickError(error, 'COMMIT_UNKNOWN')) return resolveBatch(claims, batch.tools, attempt.decision);
  if (isTablepickError(error, 'CONFLICT')) return answerAll(claims, contended(attempt));
  if (isDuplicateKey(error)) {
    const standing = await standingOnWriter(database, claims);
    if (standing.size > 0) return serveRest(claims, standing, batch);
  }
  return isOfOneRequest(error, recordChanges) ? serveHalves(claims, batch) : answerAll(claims, toError(error));
}

/** At once and by themselves: beside newcomers they would meet the next duplicate, and the next. */
async function serveRest(claims: readonly Claim[], answered: Answers, batch: BatchTools): Promise<Answers> {
  const rest = claims.filter((claim) => !answered.has(claim));
  return new Map([...answered, ...(await serve(rest, batch))]);
}

/** Whoever needs what somebody holds for so long does not wait for it again: all others would wait with him. */
async function serveUnlocked(claims: readonly Claim[], batch: BatchTools, attempt: Attempt): Promise<Answers> {
  const stuck = await findStuck(batch.tools.database, claims);
  batch.stuck.add(stuck.slotIds);
  if (stuck.claims.size > 0) return serveRest(claims, answerAll([...stuck.claims], contended(attempt)), batch);
  // It is free again by now, or cannot be seen.
  return claims.length > 1 ? serveHalves(claims, batch) : NONE;
}

async function serveOne(claim: Claim, { tools, lockWaitSeconds }: BatchTools): Promise<Answers> {
  const strategy = { ...ALONE, lockWaitSeconds };
  return new Map([[claim, await reserveClaim(strategy, { claim, tools, signal: undefined })]]);
}

async function commitTogether(
  combine: typeof combineClaims,
  { claims, batch, attempt }: { claims: readonly Claim[]; batch: BatchTools; attempt: Attempt },
): Promise<Answers> {
  const { database, isolation, conflictRetry } = batch.tools;
  const { answers } = await database.transaction(
    async (tx) => {
      attempt.decision = await combine(tx, claims, batch);
      return attempt.decision;
    },
    {
      isolation,
      lockWaitSeconds: waitFor(claims, batch),
      retry: { conflict: conflictRetry, connection: defaultRetryBudgets.connection },
      onRetry: ({ error }) => {
        if (isLockWait(error)) throw error;
        attempt.attempts += 1;
      },
    },
  );
  return answers;
}

function waitFor(claims: readonly Claim[], { lockWaitSeconds }: BatchTools): number {
  const only = claims[0]?.slots[0]?.slotId;
  const isOne = claims.every(({ slots }) => slots.length === 1 && slots[0]!.slotId === only);
  return isOne ? lockWaitSeconds : Math.min(lockWaitSeconds, SEVERAL_SLOTS_WAIT_SECONDS);
}

/** The decision holds when all that it granted is there as it was written; else it was never committed, and all are asked again. */
async function resolveBatch(
  claims: readonly Claim[],
  { database, resolveWithinMs }: StrategyTools,
  decision: Decision | undefined,
): Promise<Answers> {
  if (decision === undefined || decision.granted.length === 0) return NONE;
  const { answers, granted } = decision;
  const resolution = await resolveClaims(database, granted, resolveWithinMs);
  if (resolution.kind === 'unknown') {
    return new Map(claims.map((claim) => [claim, { kind: 'unknown', idempotencyKey: claim.idempotencyKey }]));
  }
  const isThere = (claim: Claim): boolean => {
    const found = resolution.answers.get(claim);
    return found !== undefined && isSameReservation(found, answers.get(claim));
  };
  return granted.every(isThere) ? answers : NONE;
}

function isSameReservation(found: Answer, decided: Answer | undefined): boolean {
  const [one, other] = [found, decided].map((answer) =>
    answer === undefined || answer instanceof Error || answer.kind !== 'reserved' ? undefined : answer.reservationId,
  );
  return one !== undefined && one === other;
}

async function serveHalves(claims: readonly Claim[], batch: BatchTools): Promise<Answers> {
  const middle = Math.ceil(claims.length / 2);
  const first = await serve(claims.slice(0, middle), batch);
  const second = await serve(claims.slice(middle), batch);
  return new Map([...first, ...second]);
}

function contended({ attempts }: Attempt): Answer {
  return { kind: 'contended', attempts };
}

/** Whatever the service's code throws must reject its call. */
function toError(thrown: unknown): Error {
  return thrown instanceof Error ? thrown : new Error(String(thrown), { cause: thrown });
}

function answerAll(claims: readonly Claim[], answer: Answer): Answers {
  return new Map(claims.map((claim) => [claim, answer]));
}
