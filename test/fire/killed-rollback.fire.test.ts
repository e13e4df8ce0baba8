import { setTimeout as sleep } from 'node:timers/promises';

import type { Connection, ResultSetHeader, RowDataPacket } from 'mysql2/promise';
import { generateSlots, readRules, rollbackRun } from 'tablepick/slots';
import type { GenerateResult } from 'tablepick/slots';
import { describe, expect, it } from 'vitest';

import { readSlotLines, waitForSilence } from '../support/check-run.js';
import { startFireProcess } from '../support/fire-process.js';
import { fireRandom } from '../support/fire-random.js';
import { planOf, withFireDatabase, withFireScene } from '../support/fire-scene.js';
import type { FireScene } from '../support/fire-scene.js';
import { isShare } from '../support/fire-share.js';
import { testServers, withConnection } from '../support/servers.js';

const killsAtLeast = isShare ? 3 : 20;
const random = fireRandom();

describe.each(testServers())('a rollback on $name', (server) => {
  it('that is killed again and again ends in the table that was there before the run, down to the last column', async () => {
    await withFireScene(server, async (scene) => {
      await addEarlierSlots(scene);
      for (let kills = 0; kills < killsAtLeast;) {
        const before = await readChecksum(scene.url);
        const { runId } = await generate(scene);
        expect(await readChecksum(scene.url)).not.toEqual(before);
        kills += await killUntilRolledBack(scene, runId);
        expect(await readChecksum(scene.url)).toEqual(before);
      }
    });
  });

  it('that is killed leaves slots with reservations and with a count as they were, and lists them', async () => {
    await withFireScene(server, async (scene) => {
      await addEarlierSlots(scene);
      const plan = await planOf(scene);
      const { url } = scene;
      const before = await readSlotLines({ url, plan });
      const { runId } = await generate(scene);
      await bookSome(url);
      const booked = (await readSlotLines({ url, plan })).filter(
        (line) => !before.includes(line) && / [1-9]\d* 0$/.test(line),
      );
      expect(booked.length).toBeGreaterThan(40);
      const { keptKeys } = await withFireDatabase(url, (database) =>
        rollbackRun({ database, runId, dryRun: true, listLimit: 1000 }),
      );
      expect(keptKeys.map(({ restaurantId, date, time }) => `${restaurantId} ${date} ${time}`).sort()).toEqual(
        booked.map((line) => line.split(' ', 3).join(' ')).sort(),
      );
      await killUntilRolledBack(scene, runId);
      expect(await readSlotLines({ url, plan })).toEqual([...before, ...booked].sort());
      await withConnection(url, async (connection) => {
        const [[sums]] = await connection.query<RowDataPacket[]>(
          `SELECT SUM(removed) AS removed, SUM(kept) AS kept, SUM(gone) AS gone, SUM(inserted) AS inserted FROM slot_run_chunk`,
        );
        const { removed, kept, gone, inserted } = sums!;
        expect({ kept: Number(kept), gone: Number(gone) }).toEqual({ kept: booked.length, gone: 0 });
        expect(Number(removed)).toBe(Number(inserted) - booked.length);
      });
    });
  });

  it('loses no reservation that is made while it runs', async () => {
    await withFireScene(server, async (scene) => {
      const plan = await planOf(scene);
      const { url } = scene;
      const { runId } = await generate(scene);
      const guests = [startGuest(url), startGuest(url)];
      const rollback = startFireProcess({ url, action: 'rollback', runId });
      const { result } = await rollback.ended;
      const booked = (await Promise.all(guests.map((guest) => guest.stop()))).flat();
      expect(booked.length).toBeGreaterThan(0);
      const keys = new Map<string, number>();
      for (const key of booked) keys.set(key, (keys.get(key) ?? 0) + 1);
      const left = await readSlotLines({ url, plan });
      expect(
        Object.fromEntries(left.map((line) => [line.split(' ', 3).join(' '), Number(line.split(' ')[4])])),
      ).toEqual(Object.fromEntries(keys));
      expect(result).toMatchObject({ state: 'rolled-back', kept: keys.size, removed: plan.rows - keys.size, gone: 0 });
      console.log(`${server.name}: ${booked.length} reservations made during the rollback`);
    });
  });
});

/** Slots that are none of the run's business: planned ones, one of them booked, and ones beside the plan. */
async function addEarlierSlots({ url, range: { from } }: FireScene): Promise<void> {
  const rows = [2, 31, 60].flatMap((id) => [`(${id}, '${from}', '09:00', 7, 3)`, `(${id}, '${from}', '09:20', 7, 0)`]);
  await withConnection(url, (connection) =>
    connection.query(
      `INSERT INTO reservation_slot (restaurant_id, date, time, capacity, count) VALUES ${rows.join(',')}`,
    ),
  );
}

/** Each run has a new table of checkpoints to go through: small chunks, so that a kill finds some done and some not. */
async function generate({ url, range }: FireScene): Promise<GenerateResult> {
  return withFireDatabase(url, (database) =>
    generateSlots({
      database,
      range,
      rules: readRules(database),
      strategy: 'batch',
      chunkRows: 480,
      workers: 2,
      restart: true,
    }),
  );
}

/** Starts the rollback again and again and kills it until it comes to its end; returns how often it was killed. */
async function killUntilRolledBack({ url }: FireScene, runId: number): Promise<number> {
  for (let kills = 0; ; kills += 1) {
    const child = startFireProcess({ url, action: 'rollback', runId });
    const inTime = child.told('chunk-rolled-back', 1 + Math.floor(random() * 6)).then(() => sleep(random() * 20));
    void inTime.then(() => child.kill('SIGKILL')).catch(() => {});
    const { result, error, stderr } = await child.ended;
    expect(stderr).toBe('');
    await waitForSilence(url);
    if (result === undefined && error === undefined) continue;
    expect(result ?? error).toMatchObject(error ? { code: 'RUN_ROLLED_BACK' } : { state: 'rolled-back' });
    return kills;
  }
}

async function readChecksum(url: string): Promise<RowDataPacket> {
  return withConnection(url, async (connection) => {
    const [[checksum]] = await connection.query<RowDataPacket[]>('CHECKSUM TABLE reservation_slot');
    return checksum!;
  });
}

/**
 * Every 97th slot gets a reservation and a count, every 211th only a count, as by a service that keeps its reservations
 * elsewhere.
 */
async function bookSome(url: string): Promise<void> {
  await withConnection(url, async (connection) => {
    await connection.query(
      `INSERT INTO reservation (reservation_slot_id, restaurant_id, member_id, status)
       SELECT id, restaurant_id, 1, 'CONFIRMED' FROM reservation_slot WHERE id % 97 = 0 AND count = 0`,
    );
    await connection.query(
      'UPDATE reservation_slot SET count = count + 1 WHERE (id % 97 = 0 OR id % 211 = 0) AND count = 0',
    );
  });
}

interface Guest {
  /** Ends it; returns the slot keys it has booked. */
  stop(): Promise<string[]>;
}

/**
 * Books slots at random, one after the other, as a reservation service does: insert, then count, in one transaction.
 */
function startGuest(url: string): Guest {
  let going = true;
  const memberId = Math.floor(random() * 1e9);
  const visit = withConnection(url, async (connection) => {
    await connection.query('SET SESSION TRANSACTION ISOLATION LEVEL READ COMMITTED');
    const booked: string[] = [];
    while (going) {
      const key = await bookOne(connection, memberId).catch(() => connection.query('ROLLBACK').then(() => undefined));
      if (key !== undefined) booked.push(key);
    }
    return booked;
  });
  return { stop: () => ((going = false), visit) };
}

interface SlotRow extends RowDataPacket {
  id: number;
  line: string;
}

async function bookOne(connection: Connection, memberId: number): Promise<string | undefined> {
  const [[slot]] = await connection.query<SlotRow[]>(
    `SELECT id, CONCAT_WS(' ', restaurant_id, date, TIME_FORMAT(time, '%H:%i')) AS line
     FROM reservation_slot WHERE restaurant_id = ? LIMIT ?, 1`,
    [1 + Math.floor(random() * 60), Math.floor(random() * 100)],
  );
  if (slot === undefined) return undefined;
  await connection.query('START TRANSACTION');
  await connection.query(
    `INSERT INTO reservation (reservation_slot_id, restaurant_id, member_id, status)
     SELECT id, restaurant_id, ?, 'PENDING' FROM reservation_slot WHERE id = ?`,
    [memberId, slot.id],
  );
  const [counted] = await connection.query<ResultSetHeader>(
    'UPDATE reservation_slot SET count = count + 1 WHERE id = ?',
    [slot.id],
  );
  await connection.query('COMMIT');
  return counted.affectedRows === 1 ? slot.line : undefined;
}
