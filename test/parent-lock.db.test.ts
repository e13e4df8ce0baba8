import { randomBytes } from 'node:crypto';

import { readRules, generateSlots } from 'tablepick/slots';
import { describe, expect, it } from 'vitest';

import { withDatabase } from './support/entries.js';
import { testServers, withConnection } from './support/servers.js';
import type { TestServer } from './support/servers.js';
import { withSlotScene } from './support/slot-scene.js';
import type { SlotScene } from './support/slot-scene.js';

const restaurants = 2;

const HIDDEN_TRIGGER = [
  'CREATE TABLE note (id BIGINT PRIMARY KEY)',
  'CREATE TABLE slot_note (slot_id BIGINT, note_id BIGINT, FOREIGN KEY (note_id) REFERENCES note (id))',
  `CREATE TRIGGER make_note AFTER INSERT ON reservation_slot FOR EACH ROW
   INSERT INTO slot_note (slot_id, note_id) VALUES (NEW.id, 999)`,
];

describe.each(testServers())('the parents on $name', (server) => {
  it('are checked row by row for a user who cannot see the triggers, whatever others may', async () => {
    await withSlotScene(server, restaurants, async (scene) => {
      for (const statement of HIDDEN_TRIGGER) await scene.database.query(statement);
      await asUserWithoutTrigger(server, scene, async (url) => {
        await withDatabase({ url }, async (database) => {
          const job = { database, range: scene.range, rules: readRules(database), strategy: 'server-side' as const };
          expect(await generateSlots(job)).toMatchObject({ inserted: 0, failed: restaurants * 16 * 4 });
        });
      });
      expect(await scene.database.query('SELECT slot_id FROM slot_note')).toEqual([]);
    });
  });
});

/** Runs `work` with the URL of a user who may read everything, also the privileges of others, and write the scene's tables. */
async function asUserWithoutTrigger(
  server: TestServer,
  scene: SlotScene,
  work: (url: string) => Promise<void>,
): Promise<void> {
  const url = new URL(scene.url);
  [url.username, url.password] = [`u${randomBytes(5).toString('hex')}`, randomBytes(9).toString('hex')];
  const account = `'${url.username}'@'%'`;
  await withConnection(server.url, async (admin) => {
    await admin.query(`CREATE USER ${account} IDENTIFIED BY '${url.password}'`);
    try {
      await admin.query(`GRANT SELECT ON *.* TO ${account}`);
      await admin.query(`GRANT INSERT, UPDATE, DELETE ON \`${url.pathname.slice(1)}\`.* TO ${account}`);
      await work(url.href);
    } finally {
      await admin.query(`DROP USER ${account}`);
    }
  });
}
