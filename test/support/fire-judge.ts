import { setTimeout as sleep } from 'node:timers/promises';

import type { Database } from 'tablepick/database';
import { type Transport, outboxStatus } from 'tablepick/messaging';
import { expect } from 'vitest';

import { findWriters } from './open-transactions.js';

/** A message and the times of its writing, by a clock that all processes share. */
export interface Written {
  id: string;
  key: string;
  /** Its transaction, and its place in the transaction. */
  tx: string;
  n: number;
  /** Before its statement was sent. */
  beganAt: number;
  /** After the answer to COMMIT. */
  committedAt: number;
}

/** The consumed messages are the committed ones: nothing is missing, and nothing was made up. */
export function expectSameSet(consumed: Iterable<string>, committed: Iterable<string>): void {
  const [have, want] = [new Set(consumed), new Set(committed)];
  const missing = [...want].filter((id) => !have.has(id));
  const madeUp = [...have].filter((id) => !want.has(id));
  expect({ missing: missing.slice(0, 5), lost: missing.length, madeUp: madeUp.slice(0, 5) }).toEqual({
    missing: [],
    lost: 0,
    madeUp: [],
  });
}

/**
 * Messages of one key that came in the wrong order, by their first occurrences. A message that was committed before
 * another was written must come before it. Messages of one transaction must come in the order in which they were
 * appended. Transactions that overlap may come in any order.
 */
export function misordered(arrived: readonly string[], written: readonly Written[]): string[] {
  const byId = new Map(written.map((each) => [each.id, each]));
  const byKey = new Map<string, Written[]>();
  for (const id of new Set(arrived)) {
    const each = byId.get(id);
    if (each !== undefined) byKey.set(each.key, [...(byKey.get(each.key) ?? []), each]);
  }
  return [...byKey.values()].flatMap(misorderedOfKey);
}

function misorderedOfKey(arrived: readonly Written[]): string[] {
  const wrong: string[] = [];
  const places = new Map<string, number>();
  let last: Written | undefined;
  for (const each of arrived) {
    if (last !== undefined && last.beganAt > each.committedAt) wrong.push(`${each.id} came behind ${last.id}`);
    if (last === undefined || each.beganAt > last.beganAt) last = each;
    if (each.n !== (places.get(each.tx) ?? 0)) wrong.push(`${each.id} is not number ${each.n} of its transaction`);
    places.set(each.tx, each.n + 1);
  }
  return wrong;
}

/** Every effect is there once. Those of a key are in the order of `n`, except for the ids in `outOfOrder`. */
export async function expectEffects(
  database: Database,
  ids: Iterable<string>,
  outOfOrder: ReadonlySet<string> = new Set(),
): Promise<void> {
  const rows = await database.query<{ id: string; key: string; n: number }>(
    'SELECT message_id AS id, message_key AS `key`, n FROM effect ORDER BY no',
  );
  expectSameSet(
    rows.map(({ id }) => id),
    ids,
  );
  expect(rows.length, 'an effect happened twice').toBe(new Set(rows.map(({ id }) => id)).size);
  const last = new Map<string, number>();
  const wrong = rows.filter(({ id, key, n }) => {
    if (outOfOrder.has(id)) return false;
    const before = last.get(key) ?? 0;
    last.set(key, Math.max(before, n));
    return n < before;
  });
  expect(wrong).toEqual([]);
}

/** Groups and the topics that they read. */
export type Readers = readonly { group: string; topics: readonly string[] }[];

/** Waits until no outbox has a message to send and every group has handled everything, some times in a row. */
export async function untilQuiet(
  { transport, outboxes, readers }: { transport: Transport; outboxes: readonly Database[]; readers: Readers },
  withinMs = 120_000,
): Promise<void> {
  const deadline = Date.now() + withinMs;
  for (let quiet = 0; quiet < 3;) {
    const pending = await Promise.all(outboxes.map(async (each) => (await outboxStatus(each)).pending));
    const lags = await Promise.all(readers.map(({ group, topics }) => transport.lag(group, topics)));
    const open = { pending, lags: lags.map((each) => each.reduce((sum, { lag }) => sum + lag, 0)) };
    const isQuiet = [...open.pending, ...open.lags].every((count) => count === 0);
    quiet = isQuiet ? quiet + 1 : 0;
    if (!isQuiet && Date.now() > deadline) throw new Error(`not quiet after ${withinMs} ms: ${JSON.stringify(open)}`);
    await sleep(200);
  }
}

/** No transaction that has written is still open. */
export async function expectNoOpenTransactions(...urls: string[]): Promise<void> {
  for (const url of urls) expect(await findWriters(url)).toEqual([]);
}

/** Waits until `isSo` resolves with true. */
export async function until(what: string, isSo: () => Promise<boolean>, withinMs = 120_000): Promise<void> {
  for (const deadline = Date.now() + withinMs; !(await isSo()); await sleep(100)) {
    if (Date.now() > deadline) throw new Error(`${what}: not within ${withinMs} ms`);
  }
}
