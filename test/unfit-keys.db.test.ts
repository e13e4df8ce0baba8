import { schemaDrift } from 'tablepick/database';
import { describe, expect, it } from 'vitest';

import { reserveOne, run } from './support/ask-tables.js';
import { withReservationScene } from './support/reservation-scene.js';
import { testServers } from './support/servers.js';

const MISFITS: [change: string, found: string][] = [
  ['reservation_slot ADD UNIQUE KEY uk_day (restaurant_id, date)', 'unique key uk_day of table reservation_slot'],
  ['reservation ADD UNIQUE KEY uk_guest (reservation_slot_id, member_id)', 'unique key uk_guest of table reservation'],
  ['reservation ADD UNIQUE KEY uk_short (idempotency_key(10))', 'on (idempotency_key(10)) is not one of ours'],
  ['reservation MODIFY expires_at TIMESTAMP(6) NULL ON UPDATE CURRENT_TIMESTAMP(6)', 'changes by itself'],
  ["reservation MODIFY status VARCHAR(16) NOT NULL DEFAULT 'pending'", "has the default pending, not 'PENDING'"],
];
const OTHERWISE_LIVE = ["status NOT IN ('PENDING', 'CONFIRMED')", "status IN ('PENDING', 'CONFIRMED', 'CANCELLED')"];

describe.each(testServers())('tables with keys and clocks of their own, on $name', (server) => {
  it('are refused, with the statement that repairs them', async () => {
    await withReservationScene(server, { slots: 1, capacity: 5 }, async ({ database }) => {
      for (const [change, found] of MISFITS) {
        await run(database, `ALTER TABLE ${change}`);
        const refused = { code: 'TABLE_UNFIT', message: expect.stringContaining(found) };
        await expect(reserveOne(database), change).rejects.toMatchObject(refused);
        const differences = await schemaDrift(database);
        expect(differences, change).toHaveLength(1);
        await run(database, differences[0]!.repair);
        expect(await schemaDrift(database), differences[0]!.repair).toEqual([]);
      }
    });
  });

  it('are refused where another set of reservations counts as live', async () => {
    await withReservationScene(server, { slots: 1, capacity: 5 }, async ({ database }) => {
      await run(database, 'ALTER TABLE reservation ADD KEY ix_slot (reservation_slot_id)');
      for (const condition of OTHERWISE_LIVE) {
        await run(
          database,
          `ALTER TABLE reservation DROP KEY uk_reservation_live, DROP COLUMN live_member_id, ADD COLUMN live_member_id BIGINT
            GENERATED ALWAYS AS (CASE WHEN ${condition} THEN member_id END) STORED`,
        );
        const key = 'uk_reservation_live (reservation_slot_id, live_member_id)';
        await run(database, `ALTER TABLE reservation ADD UNIQUE KEY ${key}`);
        const refused = { code: 'TABLE_UNFIT', message: expect.stringContaining('is generated otherwise') };
        await expect(reserveOne(database), condition).rejects.toMatchObject(refused);
      }
    });
  });

  it('serve where a key of theirs keeps no row of ours out', async () => {
    await withReservationScene(server, { slots: 1, capacity: 5 }, async ({ database }) => {
      await run(
        database,
        'ALTER TABLE reservation_slot ADD COLUMN note VARCHAR(9) NULL, ADD UNIQUE KEY uk_note (note)',
      );
      await run(database, 'ALTER TABLE reservation_slot ADD UNIQUE KEY uk_more (restaurant_id, date, time, capacity)');
      expect(await schemaDrift(database)).toEqual([]);
      expect(await reserveOne(database)).toMatchObject({ kind: 'reserved' });
    });
  });
});
