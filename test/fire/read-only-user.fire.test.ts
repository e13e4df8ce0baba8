import { randomBytes } from 'node:crypto';

import type { RowDataPacket } from 'mysql2/promise';
import { describe, expect, it } from 'vitest';

import { readSlotLines, waitForSilence } from '../support/check-run.js';
import { planOf, withFireScene } from '../support/fire-scene.js';
import type { FireScene } from '../support/fire-scene.js';
import { jsonOf, runCli } from '../support/run-cli.js';
import { testServers, withConnection } from '../support/servers.js';
import type { TestServer } from '../support/servers.js';

describe.each(testServers())('a user who may only SELECT on $name', (server) => {
  it('is told by --dry-run what a generation would do, and nothing changes', async () => {
    await withFireScene(server, async (scene) => {
      const plan = await planOf(scene);
      await withConnection(scene.url, (root) => root.query(`${INSERT_SLOT} (3, '${scene.range.from}', '09:00', 7, 2)`));
      const before = await readEverything(scene);
      await withReader(server, scene, async (url, password) => {
        const words = [
          'generate-slots',
          '--url',
          url,
          '--from',
          scene.range.from,
          '--days',
          String(scene.range.days),
          '--json',
        ];
        const env = { TABLEPICK_DATABASE_PASSWORD: password };
        const preview = await runCli([...words, '--dry-run'], env);
        expect(preview.code, preview.stderr).toBe(0);
        expect(jsonOf(preview)).toMatchObject({
          planned: plan.rows,
          existing: 1,
          missing: plan.rows - 1,
          unexpected: 0,
        });
        const refused = await runCli(words, env);
        expect(refused.code).toBe(1);
        expect(jsonOf(refused)).toMatchObject({ error: { code: 'ACCESS_DENIED' } });
      });
      await waitForSilence(scene.url);
      expect(await readEverything(scene)).toEqual(before);
    });
  });
});

const INSERT_SLOT = 'INSERT INTO reservation_slot (restaurant_id, date, time, capacity, count) VALUES';

/** Every slot, and checksum and count of every table of the schema. */
async function readEverything(scene: FireScene): Promise<unknown> {
  const slots = await readSlotLines({ url: scene.url, plan: await planOf(scene) });
  const tables = await withConnection(scene.url, async (connection) => {
    const [names] = await connection.query<RowDataPacket[]>(
      'SELECT table_name AS name FROM information_schema.tables WHERE table_schema = DATABASE() ORDER BY table_name',
    );
    const list = names.map(({ name }) => `\`${String(name)}\``).join(',');
    const [sums] = await connection.query<RowDataPacket[]>(`CHECKSUM TABLE ${list}`);
    return sums;
  });
  return { slots, tables };
}

/** Creates a user for the scene's schema alone and drops it again; its password is never part of the URL. */
async function withReader(
  server: TestServer,
  scene: FireScene,
  work: (url: string, password: string) => Promise<void>,
): Promise<void> {
  const user = `reader_${randomBytes(4).toString('hex')}`;
  const password = randomBytes(12).toString('hex');
  const url = new URL(scene.url);
  [url.username, url.password] = [user, ''];
  await withConnection(server.url, async (root) => {
    await root.query(`CREATE USER '${user}'@'%' IDENTIFIED BY '${password}'`);
    try {
      await root.query(`GRANT SELECT ON \`${url.pathname.slice(1)}\`.* TO '${user}'@'%'`);
      await work(url.href, password);
    } finally {
      await root.query(`DROP USER '${user}'@'%'`);
    }
  });
}
