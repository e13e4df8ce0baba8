import { generateSlots, readRules } from 'tablepick/slots';
import { describe, expect, it } from 'vitest';

import { asUser } from './support/as-user.js';
import { withDatabase } from './support/entries.js';
import { testServers } from './support/servers.js';
import { withSlotScene } from './support/slot-scene.js';

const restaurants = 2;

const HIDDEN_TRIGGER = [
  'CREATE TABLE note (id BIGINT PRIMARY KEY)',
  'CREATE TABLE slot_note (slot_id BIGINT, note_id BIGINT, FOREIGN KEY (note_id) REFERENCES note (id))',
  `CREATE TRIGGER make_note AFTER INSERT ON reservation_slot FOR EACH ROW
   INSERT INTO slot_note (slot_id, note_id) VALUES (NEW.id, 999)`,
];

// Who may read everything sees the privileges of others, too.
const GRANTS_WITHOUT_TRIGGER = ['GRANT SELECT ON *.* TO USER', 'GRANT INSERT, UPDATE, DELETE ON ?.* TO USER'];

describe.each(testServers())('the parents on $name', (server) => {
  it('are checked row by row for a user who cannot see the triggers, whatever others may', async () => {
    await withSlotScene(server, restaurants, async (scene) => {
      for (const statement of HIDDEN_TRIGGER) await scene.database.query(statement);
      await asUser({ server, schemaUrl: scene.url }, GRANTS_WITHOUT_TRIGGER, async (url) => {
        await withDatabase({ url }, async (database) => {
          const job = { database, range: scene.range, rules: readRules(database), strategy: 'server-side' as const };
          expect(await generateSlots(job)).toMatchObject({ inserted: 0, failed: restaurants * 16 * 4 });
        });
      });
      expect(await scene.database.query('SELECT slot_id FROM slot_note')).toEqual([]);
    });
  });
});
