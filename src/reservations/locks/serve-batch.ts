import { mysqlErrno } from '../../database/index.js';
import { isTablepickError } from '../../errors.js';
import { defaultRetryBudgets } from '../../retry.js';
import { type Answer, answerStanding } from '../answer-claim.js';
import type { Claim } from '../reservation.js';
import { resolveClaims } from '../resolve-claim.js';
import { atomicStatements } from './atomic.js';
import { type Decision, combineClaims } from './combine-claims.js';
import type { Turn } from './lane.js';
import type { StrategyTools } from './lock-strategy.js';
import { reserveClaim } from './per-transaction.js';

/** How the claims of a batch were answered; a claim without an answer is to be asked again. */
export type Answers = ReadonlyMap<Claim, Answer>;

const DUPLICATE_KEY = 1062;
const NONE: Answers = new Map();

/**
 * Serves claims in one transaction and answers them after its COMMIT; one alone is served by the statements of `atomic`, which are fewer.
 * A claim that makes the whole fail is found by halving, so that its neighbours do not fail with it.
 */
export async function serveBatch(claims: readonly Claim[], tools: StrategyTools, turn: Turn): Promise<Answers> {
  const [only] = claims;
  if (claims.length === 1 && only !== undefined) {
    await turn.predecessor;
    return new Map([[only, await serveOne(only, tools)]]);
  }
  const attempt: { decision: Decision | undefined; attempts: number } = { decision: undefined, attempts: 1 };
  try {
    return (await commitTogether(claims, { tools, turn }, attempt)).answers;
  } catch (error) {
    if (isTablepickError(error, 'COMMIT_UNKNOWN')) return resolveBatch(claims, tools, attempt.decision);
    if (isTablepickError(error, 'CONFLICT'))
      return answerAll(claims, { kind: 'contended', attempts: attempt.attempts });
    if (mysqlErrno(error) === DUPLICATE_KEY) {
      const standing = await answerStanding(tools.database, tools.database, claims);
      if (standing.size > 0) return standing;
    }
    return isOfOneClaim(error) ? serveHalves(claims, tools, turn) : answerAll(claims, error as Error);
  }
}

async function serveOne(claim: Claim, tools: StrategyTools): Promise<Answer> {
  return reserveClaim(atomicStatements, { claim, tools, signal: undefined }).catch((error: unknown) => error as Error);
}

/** True when the error may come from one claim: a row or a statement the server refuses, or the service's own code. */
function isOfOneClaim(error: unknown): boolean {
  return !isTablepickError(error) || isTablepickError(error, 'BAD_ROW', 'QUERY_FAILED');
}

function commitTogether(
  claims: readonly Claim[],
  { tools, turn }: { tools: StrategyTools; turn: Turn },
  attempt: { decision: Decision | undefined; attempts: number },
): Promise<Decision> {
  return tools.database.transaction(
    async (tx) => {
      attempt.decision = await combineClaims(tx, claims, { tools, turn });
      return attempt.decision;
    },
    {
      isolation: tools.isolation,
      retry: { conflict: tools.conflictRetry, connection: defaultRetryBudgets.connection },
      onRetry: () => void (attempt.attempts += 1),
    },
  );
}

/** All of a batch was committed or nothing of it: one reservation that is there tells for all. */
async function resolveBatch(
  claims: readonly Claim[],
  { database, resolveWithinMs }: StrategyTools,
  decision: Decision | undefined,
): Promise<Answers> {
  const granted = decision?.granted ?? [];
  if (decision === undefined || granted.length === 0) return NONE;
  const resolution = await resolveClaims(database, granted, resolveWithinMs);
  if (resolution.kind === 'unknown') {
    return new Map(
      claims.map(({ idempotencyKey }, place) => [claims[place]!, { kind: 'unknown', idempotencyKey } as const]),
    );
  }
  return resolution.answers.size > 0 ? decision.answers : NONE;
}

async function serveHalves(claims: readonly Claim[], tools: StrategyTools, turn: Turn): Promise<Answers> {
  const middle = Math.ceil(claims.length / 2);
  const first = await serveBatch(claims.slice(0, middle), tools, turn);
  const second = await serveBatch(claims.slice(middle), tools, turn);
  return new Map([...first, ...second]);
}

function answerAll(claims: readonly Claim[], answer: Answer): Answers {
  return new Map(claims.map((claim) => [claim, answer]));
}
