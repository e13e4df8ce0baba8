import { generateSlots, listRuns, resumeRun, rollbackRun, showRun, verifySlots } from 'tablepick/slots';
import type { GenerateEvent, GenerateResult, GenerateSlotsOptions } from 'tablepick/slots';
import { describe, expect, it } from 'vitest';

import { testServers } from './support/servers.js';
import { withSlotScene } from './support/slot-scene.js';
import type { SlotScene } from './support/slot-scene.js';

const restaurants = 6;
const slotsOfRestaurant = 16 * 4;
const slotsOfScene = restaurants * slotsOfRestaurant;

describe.each(testServers())('a run on $name', (server) => {
  it('stops after the chunk in flight and goes on where it stopped, whatever the strategy', async () => {
    await withSlotScene(server, restaurants, async (scene) => {
      const stopped = await generateUntil(scene, 2);
      expect(stopped).toMatchObject({ state: 'stopped', inserted: 2 * slotsOfRestaurant, verified: null });
      expect(await scene.readSlots()).toHaveLength(2 * slotsOfRestaurant);
      const events: GenerateEvent[] = [];
      const result = await generate(scene, { strategy: 'server-side', onEvent: (event) => events.push(event) });
      expect(result).toMatchObject({ runId: stopped.runId, state: 'finished', inserted: slotsOfScene, chunks: 4 });
      expect(result.verified).toBe(true);
      expect(events).toContainEqual(
        expect.objectContaining({
          kind: 'resumed',
          chunksDone: 2,
          rowsDone: 2 * slotsOfRestaurant,
          planned: slotsOfScene,
        }),
      );
    });
  });

  it('refuses to do a finished range again and says how to', async () => {
    await withSlotScene(server, restaurants, async (scene) => {
      const { runId } = await generate(scene);
      await expect(generate(scene)).rejects.toMatchObject({
        code: 'RUN_FINISHED',
        hint: expect.stringContaining('--restart'),
      });
      const again = await generate(scene, { restart: true });
      expect(again).toMatchObject({ inserted: 0, existing: slotsOfScene });
      expect(again.runId).toBeGreaterThan(runId);
    });
  });

  it('refuses to go on when the rules have changed, and resumes the stored rules by id', async () => {
    await withSlotScene(server, restaurants, async (scene) => {
      const { runId } = await generateUntil(scene, 1);
      await scene.database.query(`UPDATE restaurant_operating_hour SET close_time = '12:00' WHERE restaurant_id = 2`);
      await expect(generate(scene)).rejects.toMatchObject({ code: 'RULES_CHANGED' });
      const resumed = await resumeRun({ database: scene.database, runId });
      expect(resumed).toMatchObject({ inserted: slotsOfScene, verified: true });
    });
  });

  it('begins anew on request and gives the unfinished run up', async () => {
    await withSlotScene(server, restaurants, async (scene) => {
      const { runId } = await generateUntil(scene, 1);
      await scene.database.query(`UPDATE restaurant_operating_hour SET open_time = '06:00'`);
      const result = await generate(scene, { restart: true });
      expect(result).toMatchObject({ existing: slotsOfRestaurant, planned: restaurants * 17 * 4, verified: true });
      expect((await showRun(scene.database, runId)).state).toBe('abandoned');
      await expect(resumeRun({ database: scene.database, runId })).rejects.toMatchObject({ code: 'RUN_FINISHED' });
    });
  });

  it('refuses to go on in a table that was emptied or made anew', async () => {
    await withSlotScene(server, restaurants, async (scene) => {
      await generateUntil(scene, 2);
      await scene.database.query('DELETE FROM reservation_slot');
      await expect(generate(scene)).rejects.toMatchObject({ code: 'TABLE_CHANGED' });
    });
  });

  it('is exclusive: of two at once one is refused', async () => {
    await withSlotScene(server, restaurants, async (scene) => {
      let second: Promise<unknown> | undefined;
      const first = await generate(scene, {
        strategy: 'identity',
        workers: 1,
        onEvent: (event) => {
          if (event.kind === 'chunk-done') second ??= generate(scene).catch((error: unknown) => error);
        },
      });
      expect(await second).toMatchObject({ code: 'RUN_ACTIVE', hint: expect.stringContaining('runs show') });
      expect(first).toMatchObject({ inserted: slotsOfScene, verified: true });
    });
  });

  it('refuses a table on which it could not keep its word', async () => {
    await withSlotScene(server, restaurants, async (scene) => {
      const { database } = scene;
      await database.query('ALTER TABLE reservation_slot ADD KEY parent (restaurant_id), DROP KEY uk_slot');
      await expect(generate(scene)).rejects.toMatchObject({
        code: 'TABLE_UNFIT',
        hint: expect.stringContaining('UNIQUE'),
      });
      await database.query('ALTER TABLE reservation_slot ADD UNIQUE KEY mine (date, restaurant_id, time)');
      await database.query(
        'CREATE TRIGGER touch BEFORE UPDATE ON reservation_slot FOR EACH ROW SET NEW.version = OLD.version + 1',
      );
      await expect(generate(scene)).rejects.toMatchObject({ code: 'TABLE_UNFIT' });
      expect(await listRuns(database)).toEqual([]);
    });
  });

  it('counts a slot as existing also when the server would refuse it now', async () => {
    await withSlotScene(server, restaurants, async (scene) => {
      await generate(scene);
      await scene.database.query(`CREATE TRIGGER refuse BEFORE INSERT ON reservation_slot FOR EACH ROW
        IF NEW.restaurant_id = 3 THEN SIGNAL SQLSTATE '45000' SET MESSAGE_TEXT = 'closed for good'; END IF`);
      const again = await generate(scene, { restart: true });
      expect(again).toMatchObject({ inserted: 0, existing: slotsOfScene, failed: 0, verified: true });
    });
  });

  it('leaves no orphan that a trigger on the slots would write', async () => {
    await withSlotScene(server, restaurants, async (scene) => {
      const { database } = scene;
      await database.query('CREATE TABLE kind (id INT PRIMARY KEY)');
      await database.query('CREATE TABLE audit (kind_id INT NOT NULL, FOREIGN KEY (kind_id) REFERENCES kind (id))');
      await database.query(
        'CREATE TRIGGER note AFTER INSERT ON reservation_slot FOR EACH ROW INSERT INTO audit VALUES (1)',
      );
      const result = await generate(scene, { strategy: 'server-side' });
      expect(result).toMatchObject({ inserted: 0, failed: slotsOfScene });
      expect(await database.query('SELECT kind_id FROM audit')).toEqual([]);
    });
  });

  it('refuses settings that cannot be meant before anything is written', async () => {
    await withSlotScene(server, restaurants, async (scene) => {
      for (const settings of [{ workers: 0 }, { workers: NaN }, { workers: 100_000 }, { batchRows: 0 }]) {
        await expect(generate(scene, settings)).rejects.toMatchObject({ code: 'BAD_OPTION' });
      }
      expect(await listRuns(scene.database)).toEqual([]);
    });
  });

  it('gives its lock back when it fails before the first chunk', async () => {
    await withSlotScene(server, restaurants, async (scene) => {
      const onEvent = (): void => {
        throw new Error('a listener that fails');
      };
      await expect(generate(scene, { onEvent })).rejects.toThrowError('a listener that fails');
      expect(await generate(scene)).toMatchObject({ inserted: slotsOfScene, verified: true });
    });
  });

  it('is listed with what it did', async () => {
    await withSlotScene(server, restaurants, async (scene) => {
      await generateUntil(scene, 2);
      const [run] = await listRuns(scene.database);
      expect(run).toMatchObject({ state: 'running', active: false, planned: slotsOfScene, chunks: 6, chunksDone: 2 });
      expect(Math.abs(Date.now() - Number(run?.startedAt))).toBeLessThan(120_000);
      await expect(showRun(scene.database, 999)).rejects.toMatchObject({ code: 'RUN_UNKNOWN' });
    });
  });
});

describe.each(testServers())('a rollback on $name', (server) => {
  it('removes exactly what the run inserted: not what was there before, came after or is booked', async () => {
    await withSlotScene(server, restaurants, async (scene) => {
      await addSlots(scene, `(2, '2026-12-31', '09:00', 7, 0), (2, '2026-12-31', '09:30', 5, 0)`);
      const { runId } = await generate(scene);
      await addSlots(scene, `(3, '2026-12-31', '11:15', 5, 0)`);
      await book(scene, 4, '2027-01-01', '10:00');
      const booked = '4 2027-01-01 10:00:00 100 1 0';
      const result = await rollbackRun({ database: scene.database, runId });
      expect(result).toMatchObject({ state: 'rolled-back', removed: slotsOfScene - 2, kept: 1, gone: 0 });
      expect(result.keptKeys).toEqual([{ restaurantId: 4, date: '2027-01-01', time: '10:00', reservations: 1 }]);
      const left = [
        '2 2026-12-31 09:00:00 7 0 0',
        '2 2026-12-31 09:30:00 5 0 0',
        '3 2026-12-31 11:15:00 5 0 0',
        booked,
      ];
      expect(await scene.readSlots()).toEqual(left);
      expect((await showRun(scene.database, runId)).state).toBe('rolled-back');
    });
  });

  it('leaves a slot that somebody deleted and made anew, and counts what is gone', async () => {
    await withSlotScene(server, restaurants, async (scene) => {
      const { runId } = await generate(scene);
      await scene.database.query('DELETE FROM reservation_slot WHERE restaurant_id = 1');
      await addSlots(scene, `(1, '2026-12-30', '07:00', 2, 0)`);
      const result = await rollbackRun({ database: scene.database, runId });
      expect(result).toMatchObject({ removed: slotsOfScene - slotsOfRestaurant, gone: slotsOfRestaurant, kept: 0 });
      expect(await scene.readSlots()).toEqual(['1 2026-12-30 07:00:00 2 0 0']);
    });
  });

  it('changes nothing in a dry run and tells what it would', async () => {
    await withSlotScene(server, restaurants, async (scene) => {
      const { runId } = await generate(scene);
      await book(scene, 4, '2027-01-01', '10:00');
      const before = await scene.readSlots();
      const dryRun = await rollbackRun({ database: scene.database, runId, dryRun: true });
      expect(dryRun).toMatchObject({ state: 'dry-run', removed: slotsOfScene - 1, kept: 1 });
      expect(await scene.readSlots()).toEqual(before);
    });
  });

  it('stops between chunks, goes on when called again, and refuses a third time', async () => {
    await withSlotScene(server, restaurants, async (scene) => {
      const { runId } = await generate(scene, { strategy: 'identity' });
      const stop = new AbortController();
      const stopped = await rollbackRun({ ...scene, runId, signal: stop.signal, onEvent: () => stop.abort() });
      expect(stopped).toMatchObject({ state: 'stopped', removed: slotsOfRestaurant });
      await expect(generate(scene)).rejects.toMatchObject({ code: 'RUN_ROLLED_BACK' });
      expect(await rollbackRun({ ...scene, runId })).toMatchObject({ state: 'rolled-back' });
      expect(await scene.readSlots()).toEqual([]);
      await expect(rollbackRun({ ...scene, runId })).rejects.toMatchObject({ code: 'RUN_ROLLED_BACK' });
      expect(await generate(scene)).toMatchObject({ inserted: slotsOfScene, verified: true });
    });
  });

  it('refuses a table that began anew, in which the ids of others look like its own', async () => {
    await withSlotScene(server, restaurants, async (scene) => {
      const { runId } = await generate(scene);
      await scene.database.session(async (session) => {
        await session.execute('SET SESSION foreign_key_checks = 0');
        await session.execute('TRUNCATE TABLE reservation_slot');
      });
      await generate(scene, { restart: true });
      for (const dryRun of [true, false]) {
        await expect(rollbackRun({ ...scene, runId, dryRun })).rejects.toMatchObject({ code: 'TABLE_CHANGED' });
      }
      expect(await scene.readSlots()).toHaveLength(slotsOfScene);
    });
  });

  it('undoes an unfinished run, which then cannot be resumed', async () => {
    await withSlotScene(server, restaurants, async (scene) => {
      const { runId } = await generateUntil(scene, 2);
      expect(await rollbackRun({ ...scene, runId })).toMatchObject({ removed: 2 * slotsOfRestaurant });
      await expect(resumeRun({ ...scene, runId })).rejects.toMatchObject({ code: 'RUN_ROLLED_BACK' });
    });
  });
});

describe.each(testServers())('verify on $name', (server) => {
  it('lists what is missing and what is not planned, and nothing else', async () => {
    await withSlotScene(server, restaurants, async (scene) => {
      await generate(scene);
      const plan = await scene.plan();
      expect(await verifySlots(scene.database, plan)).toMatchObject({
        ok: true,
        planned: slotsOfScene,
        present: slotsOfScene,
      });
      await scene.database.query(
        `DELETE FROM reservation_slot WHERE restaurant_id = 2 AND date = '2027-01-01' AND time = '08:00'`,
      );
      await addSlots(scene, `(5, '2027-01-01', '08:00:30', 5, 0)`);
      await addSlots(scene, `(5, '2027-02-01', '08:00', 5, 0)`);
      expect(await verifySlots(scene.database, plan)).toMatchObject({
        ...{ ok: false, present: slotsOfScene, missing: 1, unexpected: 1 },
        missingKeys: [{ restaurantId: 2, date: '2027-01-01', time: '08:00' }],
        unexpectedKeys: [{ restaurantId: 5, date: '2027-01-01', time: '08:00:30' }],
      });
    });
  });
});

function generate(scene: SlotScene, more: Partial<GenerateSlotsOptions> = {}): Promise<GenerateResult> {
  return generateSlots({ database: scene.database, rules: scene.rules(), range: scene.range, ...more });
}

/** Chunks of one restaurant each, stopped after `chunks` of them. */
function generateUntil(scene: SlotScene, chunks: number): Promise<GenerateResult> {
  const stop = new AbortController();
  let done = 0;
  const onEvent = (event: GenerateEvent): void => {
    if (event.kind === 'chunk-done' && ++done === chunks) stop.abort();
  };
  return generate(scene, { strategy: 'identity', workers: 1, signal: stop.signal, onEvent });
}

async function addSlots({ database }: SlotScene, rows: string): Promise<void> {
  await database.query(`INSERT INTO reservation_slot (restaurant_id, date, time, capacity, count) VALUES ${rows}`);
}

async function book({ database }: SlotScene, restaurantId: number, date: string, time: string): Promise<void> {
  const key = [restaurantId, date, time];
  await database.transaction(async (tx) => {
    await tx.execute(
      `INSERT INTO reservation (reservation_slot_id, restaurant_id, member_id, party_size, status, idempotency_key)
       SELECT id, restaurant_id, 1, 2, 'CONFIRMED', UUID() FROM reservation_slot
       WHERE restaurant_id = ? AND date = ? AND time = ?`,
      key,
    );
    await tx.execute(
      'UPDATE reservation_slot SET count = count + 1 WHERE restaurant_id = ? AND date = ? AND time = ?',
      key,
    );
  });
}
