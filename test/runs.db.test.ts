import { compilePlan, generateSlots, listRuns, readRules, resumeRun, showRun, verifySlots } from 'tablepick/slots';
import type { GenerateEvent, RestaurantRules } from 'tablepick/slots';
import { describe, expect, it } from 'vitest';

import { withDatabase } from './support/entries.js';
import { testServers } from './support/servers.js';
import {
  addSlots,
  generate,
  generateUntil,
  restaurants,
  slotsOfRestaurant,
  slotsOfScene,
} from './support/slot-runs.js';
import { withSlotScene } from './support/slot-scene.js';
import type { SlotScene } from './support/slot-scene.js';

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

  it('goes on when somebody deleted the newest slot; the proof tells that it is missing', async () => {
    await withSlotScene(server, restaurants, async (scene) => {
      await generateUntil(scene, 2);
      await scene.database.query('DELETE FROM reservation_slot ORDER BY id DESC LIMIT 1');
      expect(await generate(scene)).toMatchObject({ state: 'finished', inserted: slotsOfScene, verified: false });
    });
  });

  it('on the server clears what a run given up had staged', async () => {
    await withSlotScene(server, restaurants, async (scene) => {
      await generateUntil(scene, 1, { strategy: 'server-side', chunkRows: slotsOfRestaurant });
      expect(await countStaged(scene)).toBe(slotsOfRestaurant);
      await generate(scene, { strategy: 'server-side', restart: true });
      expect(await countStaged(scene)).toBe(0);
    });
  });

  it.each(['identity', 'batch', 'load-data', 'server-side'] as const)(
    'by %s passes over thousands of closed restaurants',
    async (strategy) => {
      await withSlotScene(server, restaurants, async (scene) => {
        const open: RestaurantRules[] = [];
        for await (const rule of scene.rules()) open.push(rule);
        const rules = [...open, ...closedRestaurants(1_000, 10_001)];
        const expected = { planned: slotsOfScene, inserted: slotsOfScene, verified: true };
        expect(await generate(scene, { rules, strategy })).toMatchObject(expected);
      });
    },
  );

  it('takes no more workers than its pool has connections for', async () => {
    await withSlotScene(server, restaurants, async ({ url, range }) => {
      await withDatabase({ url, poolSize: 3 }, async (database) => {
        const job = { database, range, rules: readRules(database) };
        await expect(generateSlots({ ...job, workers: 2 })).rejects.toMatchObject({ code: 'BAD_OPTION' });
        expect(await listRuns(database)).toEqual([]);
        expect(await generateSlots(job)).toMatchObject({ workers: 1, inserted: slotsOfScene, verified: true });
      });
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
        ok: false,
        present: slotsOfScene,
        missing: 1,
        unexpected: 1,
        missingKeys: [{ restaurantId: 2, date: '2027-01-01', time: '08:00' }],
        unexpectedKeys: [{ restaurantId: 5, date: '2027-01-01', time: '08:00:30' }],
      });
    });
  });

  it('tells the slots of a plan that wants none', async () => {
    await withSlotScene(server, restaurants, async ({ database, range, ...scene }) => {
      await generate({ database, range, ...scene });
      const plan = await compilePlan(closedRestaurants(1, restaurants), range);
      expect(await verifySlots(database, plan)).toMatchObject({ ok: false, planned: 0, unexpected: slotsOfScene });
    });
  });
});

/** Restaurants of that many ids, `first` and on, that are never open. */
function closedRestaurants(first: number, count: number): RestaurantRules[] {
  const week = [[], [], [], [], [], [], []];
  return Array.from({ length: count }, (_, index) => ({ restaurantId: first + index, capacity: 1, week }));
}

async function countStaged({ database }: SlotScene): Promise<number> {
  return (await database.query<object>('SELECT time FROM slot_run_staged_slot')).length;
}
