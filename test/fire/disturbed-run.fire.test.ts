import { setTimeout as sleep } from 'node:timers/promises';

import type { Connection, RowDataPacket } from 'mysql2/promise';
import { generateSlots, readRules, resumeRun, insertStrategyNames } from 'tablepick/slots';
import type { GenerateEvent, GenerateResult, GenerateSlotsOptions, InsertStrategyName } from 'tablepick/slots';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';

import { checkCheckpoints, checkRun } from '../support/check-run.js';
import { planOf, withFireDatabase, withFireScene } from '../support/fire-scene.js';
import type { FireScene } from '../support/fire-scene.js';
import { enginesUnderFire, isShare } from '../support/fire-share.js';
import { killLockHolder } from '../support/kill-lock-holder.js';
import { findWriters, waitUntilBlocked } from '../support/open-transactions.js';
import { startPrivateServer } from '../support/private-server.js';
import type { PrivateServer } from '../support/private-server.js';
import { withConnection } from '../support/servers.js';

const engines = enginesUnderFire('mariadb');
const strategies: InsertStrategyName[] = isShare ? ['load-data', 'server-side'] : [...insertStrategyNames];

describe.each(engines)('a run on %s', (engine) => {
  let server: PrivateServer;

  const warnings: string[] = [];
  const collectWarning = ({ message }: Error): void => void warnings.push(message);

  beforeAll(async () => {
    server = await startPrivateServer(engine);
    process.on('warning', collectWarning);
  });
  afterEach(() => expect(warnings.splice(0), 'warnings of Node').toEqual([]));
  afterAll(async () => {
    process.off('warning', collectWarning);
    await server?.remove();
  });

  it('goes on when its connections are killed under it, the one that holds its lock among them', async () => {
    await withFireScene(server, async (scene) => {
      const plan = await planOf(scene);
      const killings: Promise<void>[] = [];
      const result = await generate(scene, { strategy: 'identity', chunkRows: 960, leaseMs: 600 }, ({ kind }) => {
        if (kind === 'chunk-done' && killings.length < 3)
          killings.push(killings.length === 1 ? killLockHolder(scene.url) : killWriter(scene));
      });
      await Promise.all(killings);
      expect(killings).toHaveLength(3);
      expect(result).toMatchObject({ inserted: plan.rows, deadlocks: 0, verified: true });
      expect(result.retries).toBeGreaterThan(0);
      await checkRun({ url: scene.url, plan });
    });
  });

  it.each(strategies)(
    'of %s has no deadlock when nobody disturbs it, with as many workers as chunks',
    async (strategy) => {
      await withFireScene(server, async (scene) => {
        const plan = await planOf(scene);
        const result = await generate(scene, { strategy, workers: 8 });
        expect(result).toMatchObject({ inserted: plan.rows, deadlocks: 0, retries: 0, verified: true });
        await checkRun({ url: scene.url, plan });
      });
    },
  );

  it.each(strategies)(
    'of %s that is chosen as the victim of a deadlock begins its chunk again and counts it',
    async (strategy) => {
      await withFireScene(server, async (scene) => {
        const plan = await planOf(scene);
        await withConnection(scene.url, async (rival) => {
          await becomeHeavy(rival);
          await insertSlot(rival, lastRestaurantOfFirstChunk, scene);
          const running = generate(scene, { strategy, workers: 1 });
          await waitUntilBlocked(scene.url);
          // The run holds restaurant 1 and waits for us; now we wait for the run.
          await insertSlot(rival, 1, scene);
          await rival.query('ROLLBACK');
          const result = await running;
          expect(result).toMatchObject({ inserted: plan.rows, existing: 0, verified: true });
          expect(result.deadlocks).toBeGreaterThan(0);
          expect(result.retries).toBeGreaterThanOrEqual(result.deadlocks);
        });
        await checkRun({ url: scene.url, plan });
      });
    },
  );

  it.each(strategies)('of %s that waits too long for a lock begins its chunk again', async (strategy) => {
    await withConnection(server.url, (root) => root.query('SET GLOBAL innodb_lock_wait_timeout = 1'));
    await withFireScene(server, async (scene) => {
      const plan = await planOf(scene);
      await withConnection(scene.url, async (rival) => {
        await rival.query('START TRANSACTION');
        await insertSlot(rival, 5, scene);
        const running = generate(scene, { strategy, workers: 1 });
        await waitUntilBlocked(scene.url);
        await sleep(1500);
        await rival.query('ROLLBACK');
        const result = await running;
        expect(result).toMatchObject({ inserted: plan.rows, existing: 0, deadlocks: 0, verified: true });
        expect(result.retries).toBeGreaterThan(0);
      });
      await checkRun({ url: scene.url, plan });
    });
  });

  it.each(strategies)('of %s counts as existing what somebody else inserts under its hands', async (strategy) => {
    await withFireScene(server, async (scene) => {
      const plan = await planOf(scene);
      await withConnection(scene.url, async (rival) => {
        await rival.query('START TRANSACTION');
        await insertSlot(rival, 5, scene);
        const running = generate(scene, { strategy, workers: 1 });
        await waitUntilBlocked(scene.url);
        await rival.query('COMMIT');
        expect(await running).toMatchObject({ inserted: plan.rows - 1, existing: 1, verified: true });
      });
      await checkRun({ url: scene.url, plan, before: [`5 ${scene.range.from} 09:00 7 1 0`] });
    });
  });

  it.each(strategies)('of %s leaves out just the rows that the table refuses, and records each', async (strategy) => {
    await withFireScene(server, async (scene) => {
      const plan = await planOf(scene);
      await addPoison(scene);
      const refused: string[] = [];
      const result = await generate(scene, { strategy }, (event) => {
        if (event.kind === 'row-failed') refused.push(`${event.restaurantId} ${event.date} ${event.time}`);
      });
      // Restaurant 5 rests on its Monday within the ten days; 33 is open on all of them.
      expect(refused).toHaveLength(1 + 9 + 10);
      expect(result).toMatchObject({
        failed: refused.length,
        inserted: plan.rows - refused.length,
        retries: 0,
        verified: false,
      });
      const stored = await readFailures(scene);
      expect(stored.map(({ line }) => line).sort()).toEqual(refused.sort());
      for (const { errno } of stored) expect([1644, 3819, 4025]).toContain(errno);
      await checkRun({ url: scene.url, plan });
    });
  });

  it.each(strategies)('of %s goes on without a restaurant that was deleted under way', async (strategy) => {
    await withFireScene(server, async (scene) => {
      const plan = await planOf(scene);
      let closing: Promise<void> | undefined;
      const result = await generate(scene, { strategy, workers: 1 }, ({ kind }) => {
        if (kind === 'chunk-started') closing ??= deleteRestaurant(scene, 59);
      });
      await closing;
      const rows = 10 * 16;
      expect(result).toMatchObject({ failed: rows, inserted: plan.rows - rows, existing: 0, verified: false });
      await checkRun({ url: scene.url, plan });
    });
  });

  it('stops when more than a thousand rows of a chunk are refused, and goes on once that is repaired', async () => {
    await withFireScene(server, async (scene) => {
      const plan = await planOf(scene);
      await withConnection(scene.url, (root) => root.query(WRONG_TRIGGER));
      const settings = { strategy: 'batch', chunkRows: 2000, workers: 1 } as const;
      await expect(generate(scene, settings)).rejects.toMatchObject({
        code: 'BAD_ROW',
        hint: expect.stringContaining('again'),
      });
      const { chunksDone, chunks } = await checkCheckpoints({ url: scene.url, plan });
      expect(chunksDone).toBeGreaterThan(1);
      await withConnection(scene.url, (root) => root.query('DROP TRIGGER wrong'));
      expect(await generate(scene, settings)).toMatchObject({
        chunks: chunks - chunksDone,
        inserted: plan.rows,
        failed: 0,
      });
      await checkRun({ url: scene.url, plan });
    });
  });

  it('is not resumed in a table that was dropped and made anew, and begins anew on request', async () => {
    await withFireScene(server, async (scene) => {
      const plan = await planOf(scene);
      const stop = new AbortController();
      const stopAtOnce = ({ kind }: GenerateEvent): void => void (kind === 'chunk-done' && stop.abort());
      const { runId, state } = await generate(scene, { signal: stop.signal }, stopAtOnce);
      expect(state).toBe('stopped');
      await recreateTable(scene);
      await expect(generate(scene)).rejects.toMatchObject({
        code: 'TABLE_CHANGED',
        hint: expect.stringContaining('--restart'),
      });
      await withFireDatabase(scene.url, async (database) => {
        await expect(resumeRun({ database, runId })).rejects.toMatchObject({ code: 'TABLE_CHANGED' });
      });
      expect(await generate(scene, { restart: true })).toMatchObject({
        inserted: plan.rows,
        existing: 0,
        verified: true,
      });
      await checkRun({ url: scene.url, plan });
    });
  });

  it('of load-data tells it when local_infile is switched off under way, and goes on with another strategy', async () => {
    await withFireScene(server, async (scene) => {
      const plan = await planOf(scene);
      let switching: Promise<void> | undefined;
      const settings = { strategy: 'load-data', workers: 1 } as const;
      const running = generate(scene, settings, ({ kind }) => {
        if (kind === 'chunk-done') switching ??= setLocalInfile(server, false);
      });
      await expect(running).rejects.toMatchObject({ code: 'LOCAL_INFILE_OFF', hint: expect.stringContaining('batch') });
      await switching;
      await expect(generate(scene, settings)).rejects.toMatchObject({ code: 'LOCAL_INFILE_OFF' });
      expect((await checkCheckpoints({ url: scene.url, plan })).chunksDone).toBeGreaterThan(0);
      expect(await generate(scene, { strategy: 'auto' })).toMatchObject({ inserted: plan.rows, verified: true });
      await checkRun({ url: scene.url, plan });
    }).finally(() => setLocalInfile(server, true));
  });
});

const lastRestaurantOfFirstChunk = 4;

const WRONG_TRIGGER = `
  CREATE TRIGGER wrong BEFORE INSERT ON reservation_slot FOR EACH ROW
  IF NEW.restaurant_id > 40 THEN SIGNAL SQLSTATE '45000' SET MESSAGE_TEXT = 'out of order'; END IF`;

function generate(
  { url, range }: FireScene,
  settings: Partial<GenerateSlotsOptions> = {},
  onEvent?: (event: GenerateEvent) => void,
): Promise<GenerateResult> {
  return withFireDatabase(url, (database) =>
    generateSlots({ database, range, rules: readRules(database), chunkRows: 640, workers: 2, onEvent, ...settings }),
  );
}

/** Kills a connection that is in the middle of a transaction. */
async function killWriter({ url }: FireScene): Promise<void> {
  let [writer] = await findWriters(url);
  // Between two transactions there is none.
  for (let looks = 1; writer === undefined && looks < 20; looks += 1) [writer] = await findWriters(url);
  if (writer === undefined) throw new Error('nobody is in a transaction');
  await withConnection(url, (connection) => connection.query(`KILL ${writer}`));
}

/** Makes rolling back cost this transaction more than the run's, so that a deadlock is solved at the run's expense. */
async function becomeHeavy(rival: Connection): Promise<void> {
  await rival.query('CREATE TABLE ballast (id INT AUTO_INCREMENT PRIMARY KEY, n INT)');
  await rival.query('START TRANSACTION');
  await rival.query(
    'INSERT INTO ballast (n) SELECT a.ordinal FROM (SELECT id AS ordinal FROM restaurant) a JOIN restaurant b JOIN (SELECT 1 UNION SELECT 2) c',
  );
}

async function insertSlot(rival: Connection, restaurantId: number, { range }: FireScene): Promise<void> {
  const key = [restaurantId, range.from, '09:00'];
  await rival.query(
    'INSERT INTO reservation_slot (restaurant_id, date, time, capacity, count) VALUES (?, ?, ?, 7, 1)',
    key,
  );
}

/** A CHECK against a time of two restaurants and a trigger against one slot of a third. */
async function addPoison({ url, range }: FireScene): Promise<void> {
  await withConnection(url, async (root) => {
    await root.query(
      `ALTER TABLE reservation_slot ADD CONSTRAINT no_tea CHECK (NOT (restaurant_id IN (5, 33) AND time = '18:00:00'))`,
    );
    await root.query(
      `CREATE TRIGGER no_early_guest BEFORE INSERT ON reservation_slot FOR EACH ROW
       IF NEW.restaurant_id = 12 AND NEW.date = '${range.from}' AND NEW.time = '07:00:00' THEN
         SIGNAL SQLSTATE '45000' SET MESSAGE_TEXT = 'not so early';
       END IF`,
    );
  });
}

interface Failure extends RowDataPacket {
  line: string;
  errno: number;
}

async function readFailures({ url }: FireScene): Promise<Failure[]> {
  return withConnection(url, async (connection) => {
    const [rows] = await connection.query<Failure[]>(
      `SELECT CONCAT_WS(' ', restaurant_id, date, TIME_FORMAT(time, '%H:%i')) AS line, errno FROM slot_run_failure`,
    );
    return rows;
  });
}

async function deleteRestaurant({ url }: FireScene, id: number): Promise<void> {
  await withConnection(url, async (connection) => {
    await connection.query('DELETE FROM restaurant_operating_hour WHERE restaurant_id = ?', [id]);
    await connection.query('DELETE FROM restaurant WHERE id = ?', [id]);
  });
}

async function recreateTable({ url }: FireScene): Promise<void> {
  await withConnection(url, async (root) => {
    const [[table]] = await root.query<RowDataPacket[]>('SHOW CREATE TABLE reservation_slot');
    await root.query('SET foreign_key_checks = 0');
    await root.query('DROP TABLE reservation_slot');
    await root.query(String(table!['Create Table']));
  });
}

async function setLocalInfile({ url }: PrivateServer, on: boolean): Promise<void> {
  await withConnection(url, (root) => root.query(`SET GLOBAL local_infile = ${on ? 1 : 0}`).then(() => undefined));
}
