import { isDuplicateKey, isLockWait } from '../../../database/index.js';
import { isTablepickError } from '../../../errors.js';
import type { Answer } from '../../requests/answer-request.js';
import type { LocatedRequest } from '../../reservation.js';
import type { Answers } from './batch.js';
import { NotSure } from './not-sure.js';

/** Ways to answer requests that failed together. */
export interface WaysOut {
  /** Transactions that were begun for them. */
  attempts: number;
  /** Serves requests again, with their slots locked first. */
  serve(requests: readonly LocatedRequest[]): Promise<Answers>;
  /** Finds out whether a COMMIT without an answer was applied. */
  resolve(requests: readonly LocatedRequest[]): Promise<Answers>;
  /** Answers requests by existing reservations. */
  standing(requests: readonly LocatedRequest[]): Promise<Answers>;
  /** Requests for slots or rows that somebody holds too long. */
  findStuck(requests: readonly LocatedRequest[]): Promise<ReadonlySet<LocatedRequest>>;
  /** True when the error may come from one of several requests. */
  isOfOneRequest(error: unknown): boolean;
}

const NONE: Answers = new Map();

/**
 * Answers requests whose transaction failed. Nothing was written, unless its COMMIT is unknown. When one request makes
 * all fail, it is found by halving. It never rejects: when something fails on the way, the error is the answer.
 */
export async function answerFailed(
  error: unknown,
  requests: readonly LocatedRequest[],
  ways: WaysOut,
): Promise<Answers> {
  return explain(error, requests, ways).catch((second: unknown) =>
    answerAll(requests, isTablepickError(second, 'CONFLICT') ? contended(ways) : toError(second)),
  );
}

async function explain(error: unknown, requests: readonly LocatedRequest[], ways: WaysOut): Promise<Answers> {
  if (error instanceof NotSure) return ways.serve(requests);
  if (isLockWait(error)) return serveUnlocked(requests, ways);
  if (requests.length === 1) return answerAll(requests, toError(error));
  if (isTablepickError(error, 'COMMIT_UNKNOWN')) return ways.resolve(requests);
  if (isTablepickError(error, 'CONFLICT')) return answerAll(requests, contended(ways));
  if (isDuplicateKey(error)) {
    const standing = await ways.standing(requests);
    if (standing.size > 0) return serveRest(requests, standing, ways);
  }
  return ways.isOfOneRequest(error) ? serveHalves(requests, ways) : answerAll(requests, toError(error));
}

/** Serves the rest at once and alone. Together with new requests, they would meet the next duplicate, and the next. */
async function serveRest(requests: readonly LocatedRequest[], answered: Answers, ways: WaysOut): Promise<Answers> {
  const rest = requests.filter((located) => !answered.has(located));
  return new Map([...answered, ...(await ways.serve(rest))]);
}

/**
 * When somebody holds a lock too long, the requests that need it do not wait again. Otherwise all others would wait
 * with them.
 */
async function serveUnlocked(requests: readonly LocatedRequest[], ways: WaysOut): Promise<Answers> {
  const stuck = await ways.findStuck(requests);
  if (stuck.size > 0) return serveRest(requests, answerAll([...stuck], contended(ways)), ways);
  // The lock is free again by now, or it cannot be seen.
  return requests.length > 1 ? serveHalves(requests, ways) : NONE;
}

async function serveHalves(requests: readonly LocatedRequest[], ways: WaysOut): Promise<Answers> {
  const middle = Math.ceil(requests.length / 2);
  const first = await ways.serve(requests.slice(0, middle));
  const second = await ways.serve(requests.slice(middle));
  return new Map([...first, ...second]);
}

function contended({ attempts }: WaysOut): Answer {
  return { kind: 'contended', attempts };
}

/** Any value that the service's code throws must reject its call. */
function toError(thrown: unknown): Error {
  return thrown instanceof Error ? thrown : new Error(String(thrown), { cause: thrown });
}

function answerAll(requests: readonly LocatedRequest[], answer: Answer): Answers {
  return new Map(requests.map((located) => [located, answer]));
}
