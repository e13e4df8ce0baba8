import { setTimeout as sleep } from 'node:timers/promises';

import type { RowDataPacket } from 'mysql2/promise';
import { plannedSlots } from 'tablepick/slots';
import type { SlotPlan } from 'tablepick/slots';
import { expect } from 'vitest';

import { withConnection } from './servers.js';

/** The data with which the slots of a run are compared. */
export interface RunCheck {
  url: string;
  plan: SlotPlan;
  /** Slots of the plan's restaurants and dates before the run, as {@link readSlotLines} reads them. Default none. */
  before?: readonly string[];
}

/** How far a run has come. */
export interface RunProgress {
  runId: number;
  state: string;
  chunks: number;
  chunksDone: number;
}

interface StoredRun extends RowDataPacket {
  runId: number;
  state: string;
  chunks: number;
}

interface StoredChunk extends RowDataPacket {
  start: number;
  end: number;
  planned: number;
  inserted: number;
  existing: number;
  failed: number;
}

interface Line extends RowDataPacket {
  line: string;
}

const LAST_RUN = `
  SELECT id AS runId, state, chunks FROM slot_run WHERE range_from = ? AND state <> 'abandoned' ORDER BY id DESC LIMIT 1`;
const CHUNKS = `
  SELECT start_ordinal AS start, end_ordinal AS end, planned, inserted, existing, failed FROM slot_run_chunk
  WHERE run_id = ? AND state = 'done' ORDER BY chunk`;
const FAILED = `
  SELECT CONCAT_WS(' ', restaurant_id, date, TIME_FORMAT(time, '%H:%i')) AS line FROM slot_run_failure WHERE run_id = ?`;
const SLOTS = `
  SELECT CONCAT_WS(' ', restaurant_id, date, TIME_FORMAT(time, '%H:%i'), capacity, count, version) AS line
  FROM reservation_slot WHERE date BETWEEN ? AND ? + INTERVAL ? - 1 DAY`;
const SESSIONS = `
  SELECT CONCAT_WS(' ', id, command, time, state, info) AS line FROM information_schema.processlist
  WHERE db = ? AND id <> CONNECTION_ID()`;

const SILENCE_WITHIN_MS = 60_000;

/**
 * Expects, at the end of a run: the run is finished, and every chunk has its checkpoint. The slots are those of the
 * plan (without the recorded failures) and those that were there before, each once and unchanged. No connection is
 * open.
 */
export async function checkRun(check: RunCheck): Promise<void> {
  const { state, chunks, chunksDone } = await checkCheckpoints(check);
  expect({ state, chunksDone }).toEqual({ state: 'finished', chunksDone: chunks });
}

/**
 * Expects, wherever a run was stopped: the checkpoints agree with the table. When a chunk is done, every planned slot
 * of it is there. Otherwise, none is there. Its counts add up. Waits until the sessions of killed processes are gone.
 */
export async function checkCheckpoints(
  check: RunCheck,
): Promise<RunProgress | { runId: 0; state: 'none'; chunks: 0; chunksDone: 0 }> {
  await waitForSilence(check.url);
  const { from } = check.plan.range;
  const { run, done, failed, present } = await withConnection(check.url, async (connection) => {
    const [[run]] = await connection.query<StoredRun[]>(LAST_RUN, [from]);
    const [done] = await connection.query<StoredChunk[]>(CHUNKS, [run?.runId ?? 0]);
    const [failed] = await connection.query<Line[]>(FAILED, [run?.runId ?? 0]);
    return { run, done, failed: failed.map(({ line }) => line), present: await readSlotLines(check) };
  });
  expectCounts(check, done, failed);
  const expected = expectedLines(check, done, failed);
  expect(differences(expected, present)).toEqual({ missing: [], unexpected: [], twice: 0 });
  return { runId: 0, state: 'none', chunks: 0, ...run, chunksDone: done.length };
}

/** All columns of the slots in the plan's dates as text, ascending: equal texts are equal slots. */
export async function readSlotLines({ url, plan }: Pick<RunCheck, 'url' | 'plan'>): Promise<string[]> {
  const { from, days } = plan.range;
  return withConnection(url, async (connection) => {
    const [rows] = await connection.query<Line[]>(SLOTS, [from, from, days]);
    return rows.map(({ line }) => line).sort();
  });
}

/**
 * Waits until no other connection uses the schema. A server notices late that a client was killed, and then rolls back.
 */
export async function waitForSilence(url: string): Promise<void> {
  const schema = new URL(url).pathname.slice(1);
  const server = new URL(url);
  server.pathname = '';
  await withConnection(server.href, async (connection) => {
    const deadline = Date.now() + SILENCE_WITHIN_MS;
    for (;;) {
      const [left] = await connection.query<Line[]>(SESSIONS, [schema]);
      if (left.length === 0) return;
      if (Date.now() > deadline)
        throw new Error(`still connected to ${schema}: ${left.map(({ line }) => line).join('; ')}`);
      await sleep(20);
    }
  });
}

/** The planned slots by restaurant, in the order the run counts restaurants. */
function plannedLines(plan: SlotPlan): string[][] {
  const byRestaurant = new Map(plan.restaurants.map(({ restaurantId }) => [restaurantId, [] as string[]]));
  for (const { restaurantId, date, time, capacity } of plannedSlots(plan)) {
    byRestaurant.get(restaurantId)?.push(`${restaurantId} ${date} ${time} ${capacity} 0 0`);
  }
  return [...byRestaurant.values()];
}

function expectCounts({ plan, before = [] }: RunCheck, done: readonly StoredChunk[], failed: readonly string[]): void {
  const restaurants = plannedLines(plan);
  const keysBefore = new Set(before.map(keyOf));
  const failedKeys = new Set(failed);
  for (const { start, end, planned, inserted, existing, failed: refused } of done) {
    const keys = restaurants.slice(start, end).flat().map(keyOf);
    const expected = {
      planned: keys.length,
      existing: keys.filter((key) => keysBefore.has(key)).length,
      refused: keys.filter((key) => failedKeys.has(key)).length,
    };
    expect({ planned, existing, refused }).toEqual(expected);
    expect(inserted).toBe(planned - existing - refused);
  }
}

function expectedLines(
  { plan, before = [] }: RunCheck,
  done: readonly StoredChunk[],
  failed: readonly string[],
): string[] {
  const restaurants = plannedLines(plan);
  const taken = new Set([...before.map(keyOf), ...failed]);
  const inserted = done.flatMap(({ start, end }) => restaurants.slice(start, end).flat());
  return [...before, ...inserted.filter((line) => !taken.has(keyOf(line)))];
}

function keyOf(line: string): string {
  return line.split(' ', 3).join(' ');
}

function differences(expected: readonly string[], present: readonly string[]): object {
  const wanted = new Set(expected);
  const found = new Set(present);
  return {
    missing: expected.filter((line) => !found.has(line)).slice(0, 10),
    unexpected: present.filter((line) => !wanted.has(line)).slice(0, 10),
    twice: present.length - new Set(present.map(keyOf)).size,
  };
}
