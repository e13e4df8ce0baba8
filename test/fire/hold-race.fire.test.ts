import { setTimeout as sleep } from 'node:timers/promises';

import { type Database, connect } from 'tablepick/database';
import {
  checkInvariants,
  createReservations,
  recordHistory,
  type HistoryEntry,
  type Reservations,
} from 'tablepick/reservations';
import { describe, expect, it } from 'vitest';

import { fireRandom } from '../support/fire-random.js';
import { isShare } from '../support/fire-share.js';
import { type ReservationScene, withReservationScene } from '../support/reservation-scene.js';
import { testServers } from '../support/servers.js';

const holds = isShare ? 500 : 10_000;
const atOnce = 25;
const slots = 20;
const longestHoldMs = 40;
const random = fireRandom();

describe.each(testServers())('confirming, cancelling and expiring one hold at once on $name', (server) => {
  it(`has one winner, ${holds} times`, async () => {
    await withReservationScene(server, { slots, capacity: holds }, async (scene) => {
      const history = await raceAll(scene);
      const report = await checkInvariants(scene.database, { history: { entries: history, exclusive: true } });
      expect(report).toMatchObject({ ok: true, violations: [], checked: { reservations: holds } });
      const won = (call: string, kind: string) =>
        history.filter((entry) => entry.call === call && entry.outcome.kind === kind).map(reservationOf);
      const cancelled = won('cancel', 'cancelled');
      const kept = won('confirm', 'confirmed').filter((id) => !cancelled.includes(id));
      const states = await countStates(scene.database);
      console.log(`${server.name}: ${JSON.stringify(states)}`);
      // One that is due is expired by whoever sees it first, so not always by a call that was told to have done it.
      expect(states).toMatchObject({ CANCELLED: cancelled.length, CONFIRMED: kept.length, PENDING: 0 });
      expect(Math.min(states.CANCELLED!, states.CONFIRMED!, states.EXPIRED!)).toBeGreaterThan(holds / 100);
      expect(history.filter(({ outcome }) => outcome.kind === 'failed')).toEqual([]);
    });
  });
});

/** Two services at once, each with its own connections, race for every hold. */
async function raceAll({ database, url }: ReservationScene): Promise<HistoryEntry[]> {
  const history: HistoryEntry[] = [];
  const other = await connect({ url, poolSize: 12 });
  const plain = [database, other].map((each) => createReservations({ database: each, strategy: 'combining' }));
  const services = plain.map((each) => recordHistory(each, { add: (entry) => void history.push(entry) }));
  let begun = 0;
  const raceOn = async (): Promise<void> => {
    while ((begun += 1) <= holds) await raceOne(services as [Reservations, Reservations], begun);
  };
  try {
    await Promise.all(Array.from({ length: atOnce }, raceOn));
  } finally {
    for (const each of plain) await each.close();
    await other.close();
  }
  return history;
}

/** The calls begin when the hold is about to be due, some a moment before and some after. */
async function raceOne([one, other]: [Reservations, Reservations], memberId: number): Promise<void> {
  const holdTtlMs = 1 + Math.floor(random() * longestHoldMs);
  const request = { slotId: 1 + (memberId % slots), memberId, partySize: 1, idempotencyKey: `hold-${memberId}` };
  const made = await one.reserve({ ...request, holdTtlMs });
  if (made.kind !== 'reserved') throw new Error(`the hold was ${made.kind}`);
  const { reservationId } = made;
  const calls = [
    () => one.confirm({ reservationId }),
    () => other.confirm({ reservationId }),
    () => one.expire({ reservationId }),
    () => other.expire({ reservationId }),
    ...(random() < 0.5 ? [() => other.cancel({ reservationId, memberId })] : []),
  ];
  await Promise.all(calls.map(async (call) => (await sleep(holdTtlMs * random() * 1.2), call())));
  while ((await other.expire({ reservationId })).kind === 'not-due') await sleep(5);
}

function reservationOf(entry: HistoryEntry): number {
  if ('reservationId' in entry) return entry.reservationId;
  throw new Error(`no call about a reservation: ${JSON.stringify(entry)}`);
}

async function countStates(database: Database): Promise<Record<string, number>> {
  const rows = await database.query<{ status: string; count: number }>(
    'SELECT status, COUNT(*) AS count FROM reservation GROUP BY status',
  );
  return { PENDING: 0, CONFIRMED: 0, ...Object.fromEntries(rows.map(({ status, count }) => [status, count])) };
}
