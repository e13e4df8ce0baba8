import { isDuplicateKey, isLockWait } from '../../database/index.js';
import { isTablepickError } from '../../errors.js';
import { defaultRetryBudgets } from '../../retry.js';
import { type Answer, answerStanding } from '../answer-claim.js';
import { isOfOneRequest } from '../failures.js';
import type { Claim } from '../reservation.js';
import { resolveClaims } from '../resolve-claim.js';
import { atomicStatements } from './atomic.js';
import type { BatchTools, Decision } from './batch.js';
import { combineClaims } from './combine-claims.js';
import { NotSure, combineSure } from './combine-sure.js';
import type { StrategyTools } from './lock-strategy.js';
import { findLockedSlots } from './locked-slots.js';
import { type PerTransactionStrategy, reserveClaim } from './per-transaction.js';

/** How the claims of a batch were answered; a claim without an answer is to be asked again. */
export type Answers = ReadonlyMap<Claim, Answer>;

const NONE: Answers = new Map();
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
  // The next batch must not pass before the others, which insert with their slots locked, are through, too.
  const answers = await serveSure(sure, {
    ...batch,
    turn: { ...batch.turn, hasInserted: () => {}, hasLocked: () => {} },
  });
  return new Map([...answers, ...(await serve(others, batch))]);
}

function serveSure(claims: readonly Claim[], batch: BatchTools): Promise<Answers> {
  return tryWith(claims, batch, (attempt) => commitTogether(combineSure, { claims, batch, attempt }));
}

interface Attempt {
  decision: Decision | undefined;
  attempts: number;
}

/** One alone is served by the statements of `atomic`, which are fewer. */
async function serve(claims: readonly Claim[], batch: BatchTools): Promise<Answers> {
  const [first, ...others] = claims;
  if (first === undefined) return NONE;
  // Nothing is held while waiting: the batch before may need this one's connection.
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
    return explain(error, { claims, batch, attempt }).catch((second: unknown) => answerAll(claims, toError(second)));
  }
}

async function explain(
  error: unknown,
  { claims, batch, attempt }: { claims: readonly Claim[]; batch: BatchTools; attempt: Attempt },
): Promise<Answers> {
  const { database } = batch.tools;
  if (error instanceof NotSure) return serve(claims, batch);
  if (isLockWait(error)) return serveUnlocked(claims, batch, attempt.attempts);
  if (claims.length === 1) return answerAll(claims, toError(error));
  if (isTablepickError(error, 'COMMIT_UNKNOWN')) return resolveBatch(claims, batch.tools, attempt.decision);
  if (isTablepickError(error, 'CONFLICT')) return answerAll(claims, { kind: 'contended', attempts: attempt.attempts });
  if (isDuplicateKey(error)) {
    const standing = await answerStanding(database, database, claims);
    if (standing.size > 0) return serveRest(claims, standing, batch);
  }
  return isOfOneRequest(error) ? serveHalves(claims, batch) : answerAll(claims, toError(error));
}

/** At once and by themselves: beside newcomers they would meet the next duplicate, and the next. */
async function serveRest(claims: readonly Claim[], answered: Answers, batch: BatchTools): Promise<Answers> {
  const rest = claims.filter((claim) => !answered.has(claim));
  return new Map([...answered, ...(await serve(rest, batch))]);
}

/** A slot that somebody holds for so long is not waited for again: all others would wait with it. When none is held any more, all are asked again. */
async function serveUnlocked(claims: readonly Claim[], batch: BatchTools, attempts: number): Promise<Answers> {
  const locked = await findLockedSlots(batch.tools.database, claims);
  if (locked.size === 0) return NONE;
  batch.stuck.add(locked);
  const stuck = claims.filter(({ slots }) => slots.some(({ slotId }) => locked.has(slotId)));
  return serveRest(claims, answerAll(stuck, { kind: 'contended', attempts }), batch);
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
      lockWaitSeconds: batch.lockWaitSeconds,
      retry: { conflict: conflictRetry, connection: defaultRetryBudgets.connection },
      onRetry: ({ error }) => {
        if (isLockWait(error)) throw error;
        attempt.attempts += 1;
      },
    },
  );
  return answers;
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

/** Whatever the service's code throws must reject its call. */
function toError(thrown: unknown): Error {
  return thrown instanceof Error ? thrown : new Error(String(thrown), { cause: thrown });
}

function answerAll(claims: readonly Claim[], answer: Answer): Answers {
  return new Map(claims.map((claim) => [claim, answer]));
}
