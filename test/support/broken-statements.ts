import type { Database } from 'tablepick/database';
import { type BatchHandler, type Message, type MessageEnd, runBatch } from 'tablepick/messaging';

import { fireRandom } from './fire-random.js';
import { isShare } from './fire-share.js';
import type { ReservationFire } from './reservation-fire.js';

const random = fireRandom();
/** A share breaks one statement in so many. */
const STEP = isShare ? 5 : 1;

/** Breaks a statement that is sent through a proxy: the first one from now on, or so many later. */
export type Break = (proxy: ReservationFire['proxy'], statement: number) => Promise<void>;

/** How any statement may break. */
export const breaks: [string, Break][] = [
  ['its connection cut before the server gets it', (proxy, statement) => proxy.cutNext(/^/, 'before', statement)],
  ['its connection cut after the server answered', (proxy, statement) => proxy.cutNext(/^/, 'after', statement)],
  ...[1205, 1213].map((errno): [string, Break] => [
    `error ${errno}`,
    (proxy, statement) => proxy.failNext(errno, /^/, statement),
  ]),
];

/** How a COMMIT may get lost. */
export const losses: [string, Break][] = [
  ['its COMMIT lost before the server gets it', (proxy) => proxy.loseNextCommit('before')],
  ['the answer to its COMMIT lost', (proxy) => proxy.loseNextCommit('after')],
  ['the answer to its COMMIT lost while the server is still at work', (proxy) => proxy.loseNextCommit('late')],
];

/** Works on one round. It calls `arm` before what is to be broken. */
export type Round = (round: number, arm: () => void) => Promise<void>;

/**
 * Works on rounds in which each statement is broken in turn, until there is none left to break. Resolves with the
 * number of statements.
 */
export async function breakEach(
  { proxy }: Pick<ReservationFire, 'proxy'>,
  breakNext: Break,
  work: Round,
): Promise<number> {
  for (let statement = Math.floor(random() * STEP); ; statement += STEP) {
    let isBroken = false;
    await work(statement + 1, () => void breakNext(proxy, statement).then(() => (isBroken = true)));
    if (!isBroken) return statement;
  }
}

/** Works on ten rounds, or two in a share, in each of which a COMMIT gets lost. */
export async function loseEach({ proxy }: Pick<ReservationFire, 'proxy'>, lose: Break, work: Round): Promise<void> {
  for (let round = 1; round <= (isShare ? 2 : 10); round += 1) {
    let lost = Promise.resolve();
    await work(round, () => (lost = lose(proxy, 0)));
    await lost;
  }
}

/** How many statements {@link breakEach} breaks at least when there are so many. */
export function atLeast(statements: number): number {
  return Math.min(statements, STEP === 1 ? statements : 5);
}

/**
 * Hands messages to a handler until all are handled: what fails comes again, as from a consumer.
 *
 * @throws The last failure, after a hundred tries.
 */
export async function handleUntilDone(
  database: Database,
  { handler, group }: { handler: BatchHandler; group: string },
  messages: readonly Message[],
): Promise<void> {
  const open = new Map(messages.map((message) => [message.id, message]));
  const failures: unknown[] = [];
  for (let tries = 0; open.size > 0; tries += 1) {
    if (tries === 100) throw failures.at(-1);
    const ends = await runBatch(handler, [...open.values()], { database, group }).catch((error: unknown) => {
      failures.push(error);
      return new Map<string, MessageEnd>();
    });
    for (const [id, end] of ends) {
      if (end.kind === 'failed') failures.push(end.error);
      else open.delete(id);
    }
  }
}
