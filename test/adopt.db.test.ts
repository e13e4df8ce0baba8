import { adoptRun, generateSlots, readRules, resumeRun, rollbackRun } from 'tablepick/slots';
import { describe, expect, it } from 'vitest';

import { withSlotScene, type SlotScene } from './support/slot-scene.js';
import { testServers } from './support/servers.js';

const RESTAURANTS = 3;
const SLOTS = RESTAURANTS * 16 * 4;
const REBUILD = 'OPTIMIZE TABLE reservation_slot';

describe.each(testServers())('a run whose table was rebuilt, on $name', (server) => {
  const generate = (scene: SlotScene, settings: object = {}) =>
    generateSlots({ database: scene.database, rules: scene.rules(), range: scene.range, ...settings });
  const run = (scene: SlotScene, ...statements: string[]) =>
    scene.database.session(async (session) => {
      await session.execute('SET SESSION foreign_key_checks = 0');
      for (const statement of statements) await session.query(statement);
    });
  const onRebuilt = (work: (scene: SlotScene, runId: number) => Promise<void>, ...statements: string[]) =>
    withSlotScene(server, RESTAURANTS, async (scene) => {
      const { runId } = await generate(scene);
      await run(scene, ...statements);
      await work(scene, runId);
    });

  it('is refused with the command that adopts it, and can be undone once its rows are proved', async () => {
    await onRebuilt(async (scene, runId) => {
      const { database } = scene;
      const later = await generate(scene, { range: { from: '2027-03-01', days: 1 } });
      await expect(rollbackRun({ database, runId })).rejects.toMatchObject({
        code: 'TABLE_CHANGED',
        hint: expect.stringContaining(`tablepick runs adopt ${runId}`),
      });
      expect(await adoptRun({ database, runId })).toEqual({ runId, adopted: true, slots: SLOTS });
      expect(await adoptRun({ database, runId })).toEqual({ runId, adopted: false, slots: 0 });
      expect(await rollbackRun({ database, runId })).toMatchObject({ state: 'rolled-back', removed: SLOTS, gone: 0 });
      expect(await database.query('SELECT COUNT(*) AS n FROM reservation_slot')).toEqual([{ n: later.inserted }]);
      await expect(adoptRun({ database, runId })).rejects.toMatchObject({ code: 'RUN_ROLLED_BACK' });
    }, REBUILD);
  });

  it('goes on where it stopped once it is adopted', async () => {
    await withSlotScene(server, RESTAURANTS, async (scene) => {
      const { database } = scene;
      const stop = new AbortController();
      const onEvent = (event: { kind: string }): void => {
        if (event.kind === 'chunk-done') stop.abort();
      };
      const settings = { chunkRows: 64, workers: 1, signal: stop.signal, onEvent };
      const { runId, inserted } = await generate(scene, settings);
      await run(scene, 'ALTER TABLE reservation_slot ADD COLUMN note INT NULL', REBUILD);
      await expect(resumeRun({ database, runId })).rejects.toMatchObject({ code: 'TABLE_CHANGED' });
      expect(await adoptRun({ database, runId })).toMatchObject({ adopted: true, slots: inserted });
      expect(await resumeRun({ database, runId })).toMatchObject({ inserted: SLOTS, verified: true });
    });
  });

  it.each([
    ['emptied', ['TRUNCATE TABLE reservation_slot']],
    ['rebuilt with a slot less', ['DELETE FROM reservation_slot LIMIT 1', REBUILD]],
    ['filled anew with other ids', ['UPDATE reservation_slot SET id = id + 100000 ORDER BY id DESC', REBUILD]],
    [
      'made anew with the same keys by somebody else',
      [
        'CREATE TABLE copy SELECT restaurant_id, date, time FROM reservation_slot ORDER BY id',
        'TRUNCATE TABLE reservation_slot',
        'INSERT INTO reservation_slot (restaurant_id, date, time, capacity) SELECT restaurant_id, date, time, 9 FROM copy',
      ],
    ],
  ])('is not adopted in a table that was %s', async (_, statements) => {
    await onRebuilt(
      async ({ database }, runId) => {
        await expect(adoptRun({ database, runId })).rejects.toMatchObject({ code: 'TABLE_CHANGED' });
        await expect(rollbackRun({ database, runId })).rejects.toMatchObject({ code: 'TABLE_CHANGED' });
      },
      ...statements,
    );
  });

  it('is not adopted where another run put the same slots into a table that began anew', async () => {
    await onRebuilt(async (scene, runId) => {
      const { database } = scene;
      const again = await generate(scene, { rules: readRules(database), selection: 'again' });
      expect(again.inserted).toBe(SLOTS);
      await expect(adoptRun({ database, runId })).rejects.toMatchObject({ code: 'TABLE_CHANGED' });
    }, 'TRUNCATE TABLE reservation_slot');
  });
});
