import { generateSlots, insertStrategyNames } from 'tablepick/slots';
import type { RestaurantRules } from 'tablepick/slots';
import { describe, expect, it } from 'vitest';

import { testServers } from '../support/servers.js';
import { withSlotScene } from '../support/slot-scene.js';
import type { SlotScene } from '../support/slot-scene.js';

const restaurants = 5;
const slotsOfScene = restaurants * 16 * 4;

for (const server of testServers()) {
  describe.each(insertStrategyNames)(`%s on ${server.name}`, (strategy) => {
    const generate = (scene: SlotScene, more: object = {}) =>
      generateSlots({ database: scene.database, rules: scene.rules(), range: scene.range, strategy, ...more });

    it('puts every planned slot into an empty table and nothing else', async () => {
      await withSlotScene(server, restaurants, async (scene) => {
        const result = await generate(scene);
        expect(result).toMatchObject({ planned: slotsOfScene, inserted: slotsOfScene, existing: 0, failed: 0 });
        expect(result).toMatchObject({ state: 'finished', verified: true, deadlocks: 0, strategy });
        const slots = await scene.readSlots();
        expect(slots).toHaveLength(slotsOfScene);
        expect(slots[0]).toBe('1 2026-12-30 07:00:00 100 0 0');
        expect(slots.at(-1)).toBe('5 2027-01-02 22:00:00 100 0 0');
      });
    });

    it('never changes a slot that exists and counts it as existing', async () => {
      await withSlotScene(server, restaurants, async (scene) => {
        await insertSlots(scene, `(2, '2026-12-31', '09:00', 7, 3, 9), (5, '2027-01-02', '22:00', 1, 1, 1)`);
        const result = await generate(scene);
        expect(result).toMatchObject({ inserted: slotsOfScene - 2, existing: 2, failed: 0, verified: true });
        const slots = await scene.readSlots();
        expect(slots).toContain('2 2026-12-31 09:00:00 7 3 9');
        expect(slots).toContain('5 2027-01-02 22:00:00 1 1 1');
      });
    });

    it('inserts nothing when every slot exists', async () => {
      await withSlotScene(server, restaurants, async (scene) => {
        await generate(scene);
        const before = await scene.readSlots();
        const again = await generate(scene, { restart: true });
        expect(again).toMatchObject({ inserted: 0, existing: slotsOfScene, verified: true });
        expect(await scene.readSlots()).toEqual(before);
      });
    });

    it('halves down to the rows the server refuses, records them and inserts all others', async () => {
      await withSlotScene(server, restaurants, async (scene) => {
        await scene.database.query(refuseSlots(`NEW.restaurant_id = 3 AND NEW.time = '12:00:00'`));
        const refused: string[] = [];
        const result = await generate(scene, {
          onEvent: (event: { kind: string; date?: string }) =>
            event.kind === 'row-failed' && refused.push(String(event.date)),
        });
        expect(result).toMatchObject({ inserted: slotsOfScene - 4, failed: 4, existing: 0, verified: false });
        expect(refused).toEqual(['2026-12-30', '2026-12-31', '2027-01-01', '2027-01-02']);
        const failures = await scene.database.query('SELECT restaurant_id, time, errno FROM slot_run_failure');
        expect(failures).toHaveLength(4);
        expect(failures[0]).toEqual({ restaurant_id: 3, time: '12:00:00', errno: 1644 });
      });
    });

    it('refuses a restaurant that does not exist instead of skipping its slots in silence', async () => {
      await withSlotScene(server, restaurants, async (scene) => {
        const result = await generateSlots({ ...scene, rules: [hoursOf(1), hoursOf(99)], strategy });
        expect(result).toMatchObject({ inserted: 4, failed: 4, verified: false });
        const failures = await scene.database.query<{ errno: number }>('SELECT DISTINCT errno FROM slot_run_failure');
        expect(failures).toEqual([{ errno: 1452 }]);
      });
    });

    it('keeps the capacity of an interval apart from that of its restaurant', async () => {
      await withSlotScene(server, restaurants, async (scene) => {
        await generateSlots({ ...scene, rules: [{ ...hoursOf(1), capacity: 8 }, hoursOf(2, 3)], strategy });
        const slots = await scene.readSlots();
        expect(slots.filter((slot) => slot.startsWith('1 '))[0]).toBe('1 2026-12-30 23:00:00 8 0 0');
        expect(slots.filter((slot) => slot.startsWith('2 '))[0]).toBe('2 2026-12-30 23:00:00 3 0 0');
      });
    });
  });
}

/** One slot a day, at 23:00. */
function hoursOf(restaurantId: number, capacity?: number): RestaurantRules {
  const day = [{ opensAt: '23:00', closesAt: '24:00', ...(capacity === undefined ? {} : { capacity }) }];
  return { restaurantId, capacity: 4, week: [day, day, day, day, day, day, day] };
}

async function insertSlots({ database }: SlotScene, rows: string): Promise<void> {
  await database.query(
    `INSERT INTO reservation_slot (restaurant_id, date, time, capacity, count, version) VALUES ${rows}`,
  );
}

function refuseSlots(condition: string): string {
  return `CREATE TRIGGER refuse_slot BEFORE INSERT ON reservation_slot FOR EACH ROW
    IF ${condition} THEN SIGNAL SQLSTATE '45000' SET MESSAGE_TEXT = 'this slot is poison'; END IF`;
}
