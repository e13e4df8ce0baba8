import { resumeRun, rollbackRun, showRun } from 'tablepick/slots';
import { describe, expect, it } from 'vitest';

import { testServers } from './support/servers.js';
import {
  addSlots,
  book,
  generate,
  generateUntil,
  restaurants,
  slotsOfRestaurant,
  slotsOfScene,
} from './support/slot-runs.js';
import { withSlotScene } from './support/slot-scene.js';

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
      await book(scene, 1, '2027-01-01', '10:00');
      const stop = new AbortController();
      const stopped = await rollbackRun({ ...scene, runId, signal: stop.signal, onEvent: () => stop.abort() });
      expect(stopped).toMatchObject({ state: 'stopped', removed: slotsOfRestaurant - 1, kept: 1 });
      await expect(generate(scene)).rejects.toMatchObject({ code: 'RUN_ROLLED_BACK' });
      const finished = await rollbackRun({ ...scene, runId });
      expect(finished).toMatchObject({ state: 'rolled-back', removed: slotsOfScene - 1, keptKeys: stopped.keptKeys });
      expect(await scene.readSlots()).toEqual(['1 2027-01-01 10:00:00 100 1 0']);
      await expect(rollbackRun({ ...scene, runId })).rejects.toMatchObject({ code: 'RUN_ROLLED_BACK' });
      expect(await generate(scene)).toMatchObject({ inserted: slotsOfScene - 1, existing: 1, verified: true });
    });
  });

  it('tells the slots of two runs apart that filled the same chunks', async () => {
    await withSlotScene(server, restaurants, async (scene) => {
      const first = await generate(scene);
      await scene.database.query(`DELETE FROM reservation_slot WHERE restaurant_id > 2 AND time = '10:00'`);
      const deleted = 4 * (restaurants - 2);
      const second = await generate(scene, { restart: true });
      expect(second).toMatchObject({ inserted: deleted, existing: slotsOfScene - deleted });
      const { database } = scene;
      const undone = await rollbackRun({ database, runId: first.runId });
      expect(undone).toMatchObject({ removed: slotsOfScene - deleted, gone: deleted });
      expect(await scene.readSlots()).toHaveLength(deleted);
      expect(await rollbackRun({ database, runId: second.runId })).toMatchObject({ removed: deleted, gone: 0 });
      expect(await scene.readSlots()).toEqual([]);
    });
  });

  it.each([
    ['the same', { restart: true }],
    ['another', { selection: 'another' }],
  ])('refuses a table that began anew, in which the ids of %s generation look like its own', async (_, again) => {
    await withSlotScene(server, restaurants, async (scene) => {
      const { runId } = await generate(scene);
      await scene.database.session(async (session) => {
        await session.execute('SET SESSION foreign_key_checks = 0');
        await session.execute('TRUNCATE TABLE reservation_slot');
      });
      await generate(scene, again);
      for (const dryRun of [true, false]) {
        await expect(rollbackRun({ ...scene, runId, dryRun })).rejects.toMatchObject({ code: 'TABLE_CHANGED' });
      }
      expect(await scene.readSlots()).toHaveLength(slotsOfScene);
    });
  });

  it('refuses a truncated table that somebody else has filled', async () => {
    await withSlotScene(server, restaurants, async (scene) => {
      const { runId } = await generate(scene);
      await scene.database.query(
        'CREATE TABLE copy SELECT restaurant_id, date, time FROM reservation_slot ORDER BY id',
      );
      await scene.database.session(async (session) => {
        await session.execute('SET SESSION foreign_key_checks = 0');
        await session.execute('TRUNCATE TABLE reservation_slot');
        await session.execute(
          'INSERT INTO reservation_slot (restaurant_id, date, time, capacity) SELECT restaurant_id, date, time, 9 FROM copy',
        );
      });
      await expect(rollbackRun({ ...scene, runId })).rejects.toMatchObject({ code: 'TABLE_CHANGED' });
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
