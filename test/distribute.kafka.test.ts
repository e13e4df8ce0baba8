import { randomUUID } from 'node:crypto';

import { createDatabaseTransport } from 'tablepick/messaging';
import { generateSlots, listRuns, rollbackRun, showRun } from 'tablepick/slots';
import type { DistributeEvent } from 'tablepick/slots';
import { describe, expect, it } from 'vitest';

import {
  carryingTwice,
  distribute,
  holdingRestaurant,
  killBlockedWorker,
  refusalsOf,
  startWorkerProcess,
  work,
  workUntilIdle,
} from './support/distribution-scene.js';
import { waitUntilBlocked } from './support/open-transactions.js';
import { eventually } from './support/reservation-requests.js';
import { expectOneClearLine, jsonOf, runCli, startCli } from './support/run-cli.js';
import { testKafkaUrl, testServer, testServers } from './support/servers.js';
import { restaurants, slotsOfRestaurant, slotsOfScene } from './support/slot-runs.js';
import { type SlotScene, withSlotScene } from './support/slot-scene.js';

describe.each(testServers())('a distributed run on $name', (server) => {
  it('is done by workers in other processes, also when one is killed in the middle of a chunk', async () => {
    await withSlotScene(server, 24, async (scene) => {
      const workers = [1, 2, 3].map(() => startWorkerProcess(scene.url));
      await Promise.all(workers.map((worker) => worker.said(/ready for chunks/)));
      const { distributed, killed } = await holdingRestaurant(scene.url, 5, async () => {
        const distributed = distribute(scene);
        await waitUntilBlocked(scene.url);
        return { distributed, killed: await killBlockedWorker(scene.url) };
      });
      const result = await distributed;
      const inserted = 24 * slotsOfRestaurant;
      expect(result).toMatchObject({ state: 'finished', planned: inserted, inserted, failed: 0, verified: true });
      expect(result.workers).toBeGreaterThan(1);
      const others = workers.filter(({ child }) => child.pid !== killed);
      expect(others).toHaveLength(2);
      for (const { child } of others) child.kill('SIGINT');
      for (const { code } of await Promise.all(others.map(({ ended }) => ended))) expect(code).toBe(130);
      await expectOnce(scene);
    });
  });

  it('goes on when nobody follows it any more, and can be followed again', async () => {
    await withSlotScene(server, restaurants, async (scene) => {
      const stop = new AbortController();
      const first = distribute(scene, { signal: stop.signal });
      await untilHandedOut(scene);
      expect((await listRuns(scene.database))[0]).toMatchObject({ state: 'running', distributed: true, chunksDone: 0 });
      stop.abort();
      expect(await first).toMatchObject({ state: 'stopped', inserted: 0, verified: null });
      const events: DistributeEvent[] = [];
      const second = distribute(scene, { onEvent: (event) => events.push(event) });
      const worker = await work(scene);
      expect(await second).toMatchObject({ state: 'finished', inserted: slotsOfScene, verified: true });
      expect(events).toContainEqual(expect.objectContaining({ kind: 'resumed', chunksDone: 0 }));
      expect(await scene.database.query('SELECT epoch FROM slot_run')).toEqual([{ epoch: 1 }]);
      await worker.stop();
      expect(await worker.ended).toMatchObject({ chunks: restaurants, refused: 0 });
    });
  });

  it('is finished by its workers also when nobody waits', async () => {
    await withSlotScene(server, restaurants, async (scene) => {
      const { runId, ...result } = await distribute(scene, { wait: false, strategy: 'server-side' });
      expect(result).toMatchObject({ state: 'published', published: restaurants, inserted: 0 });
      const worker = await workUntilIdle(scene);
      expect(worker).toMatchObject({ chunks: restaurants, inserted: slotsOfScene });
      expect(worker.events).toContainEqual({ kind: 'run-finished', runId });
      await expectOnce(scene);
      expect(await scene.database.query('SELECT run_id FROM slot_run_staged_slot')).toEqual([]);
    });
  });

  it('does a chunk once that two workers are given at the same time', async () => {
    await withSlotScene(server, 12, async (scene) => {
      const transport = carryingTwice(createDatabaseTransport({ database: scene.database }));
      const [one, other] = [await work(scene), await work(scene)];
      const result = await distribute(scene, { transport });
      const inserted = 12 * slotsOfRestaurant;
      expect(result).toMatchObject({ state: 'finished', inserted, existing: 0, verified: true });
      await eventually(async () => one.events.concat(other.events).filter(isSkip).length === 12);
      await Promise.all([one.stop(), other.stop()]);
      const [first, second] = await Promise.all([one.ended, other.ended]);
      expect(first.inserted + second.inserted).toBe(inserted);
      expect(first.chunks + second.chunks).toBe(12);
      await expectOnce(scene);
      await transport.close();
    });
  });

  it('is taken back under a worker, whose chunk in flight does not land', async () => {
    await withSlotScene(server, restaurants, async (scene) => {
      const { runId } = await distribute(scene, { wait: false });
      const worker = await work(scene);
      const { rolledBack } = await holdingRestaurant(scene.url, 4, async () => {
        await waitUntilBlocked(scene.url);
        await eventually(async () => (await scene.readSlots()).length === slotsOfScene - slotsOfRestaurant);
        expect((await showRun(scene.database, runId)).attendants).toMatchObject([{ role: 'worker' }]);
        const rolledBack = rollbackRun({ database: scene.database, runId });
        await eventually(async () => (await listRuns(scene.database))[0]?.state !== 'running');
        return { rolledBack };
      });
      expect(await rolledBack).toMatchObject({ state: 'rolled-back', removed: slotsOfScene - slotsOfRestaurant });
      await eventually(async () => refusalsOf(worker).length > 0);
      await worker.stop();
      expect(await worker.ended).toMatchObject({ chunks: restaurants - 1, refused: 1 });
      expect(await scene.readSlots()).toEqual([]);
    });
  });

  it('is nobody else’s while it is followed, and that of a local run afterwards: late chunks are refused', async () => {
    await withSlotScene(server, restaurants, async (scene) => {
      const { database, range } = scene;
      const generate = () => generateSlots({ database, range, rules: scene.rules() });
      const stop = new AbortController();
      const followed = distribute(scene, { signal: stop.signal });
      await untilHandedOut(scene);
      await expect(generate()).rejects.toMatchObject({ code: 'RUN_ACTIVE', hint: expect.stringContaining('rollback') });
      stop.abort();
      await followed;
      expect(await generate()).toMatchObject({ inserted: slotsOfScene, verified: true });
      const worker = await workUntilIdle(scene);
      expect(worker).toMatchObject({ chunks: 0, refused: restaurants });
      expect(refusalsOf(worker)).toEqual(['RUN_TAKEN_OVER']);
    });
  });

  it('records the rows that the server refuses', async () => {
    await withSlotScene(server, restaurants, async (scene) => {
      await scene.database.query(`CREATE TRIGGER refuse BEFORE INSERT ON reservation_slot FOR EACH ROW
        IF NEW.restaurant_id = 3 AND NEW.time = TIME '08:00:00' THEN SIGNAL SQLSTATE '45000' SET MESSAGE_TEXT = 'closed'; END IF`);
      const worker = await work(scene);
      const events: DistributeEvent[] = [];
      const result = await distribute(scene, { onEvent: (event) => events.push(event) });
      expect(result).toMatchObject({ state: 'finished', inserted: slotsOfScene - 4, failed: 4, verified: false });
      expect(events.filter(({ kind }) => kind === 'row-failed')).toHaveLength(4);
      expect((await showRun(scene.database, result.runId)).failures).toHaveLength(4);
      await worker.stop();
    });
  });

  it.each([
    ['its stored rules', 'RULES_CHANGED', 'UPDATE slot_run_restaurant SET capacity = 1'],
    ['the table', 'TABLE_CHANGED', 'ALTER TABLE reservation_slot ADD COLUMN colour INT NULL'],
  ])('ends refused for whoever follows it when %s changed', async (_what, code, change) => {
    await withSlotScene(server, restaurants, async (scene) => {
      const followed = distribute(scene).catch((error: unknown) => error);
      await untilHandedOut(scene);
      await scene.database.query(change);
      const worker = await workUntilIdle(scene);
      expect(refusalsOf(worker)).toEqual([code]);
      expect(worker).toMatchObject({ chunks: 0, refused: restaurants });
      expect(await followed).toMatchObject({ code });
      expect((await showRun(scene.database, 1)).halted).toMatchObject({ code });
      expect(await scene.database.query('SELECT id FROM dead_letter')).toEqual([]);
    });
  });

  it('of which nothing is known is refused once', async () => {
    await withSlotScene(server, restaurants, async (scene) => {
      await distribute(scene, { wait: false });
      await scene.database.query('DELETE FROM slot_run');
      const worker = await workUntilIdle(scene);
      expect(refusalsOf(worker)).toEqual(['RUN_UNKNOWN']);
      expect(worker).toMatchObject({ chunks: 0, refused: restaurants });
    });
  });
});

describe('over Kafka', () => {
  it('two workers share a run', async () => {
    await withSlotScene(testServer('mysql'), 12, async (scene) => {
      const words = [
        '--transport',
        'kafka',
        '--brokers',
        testKafkaUrl(),
        '--topic',
        `chunks-${randomUUID().slice(0, 8)}`,
      ];
      const workers = [1, 2].map(() => startWorkerProcess(scene.url, ...words));
      await Promise.all(workers.map((worker) => worker.said(/ready for chunks/)));
      const plan = ['--from', scene.range.from, '--days', String(scene.range.days), '--json'];
      const env = { TABLEPICK_DATABASE_URL: scene.url };
      const result = await runCli(['generate-slots', '--distribute', ...plan, ...words], env);
      expect(result.code, result.stderr).toBe(0);
      expect(jsonOf(result)).toMatchObject({ inserted: 12 * slotsOfRestaurant, verified: true });
      for (const { child } of workers) child.kill('SIGINT');
      await Promise.all(workers.map(({ ended }) => ended));
      await expectOnce(scene);
    });
  });
});

describe('the command line', () => {
  it.each<[string[], RegExp]>([
    [['--worker', '--month', '2026-12'], /--worker.*--month/],
    [['--worker', '--strategy', 'batch'], /--worker.*--strategy/],
    [['--worker', '--distribute'], /--worker.*--distribute/],
    [['--worker', '--no-wait'], /--worker.*--no-wait/],
    [['--distribute', '--dry-run'], /--distribute.*--dry-run/],
    [['--no-wait'], /--no-wait says nothing without --distribute/],
    [['--until-idle', '1s'], /--until-idle says nothing without --worker/],
    [['--transport', 'kafka'], /--transport says nothing without/],
    [['--worker', '--until-idle', 'soon'], /--until-idle is 'soon'/],
    [['--worker', '--topic', 'a b'], /--topic is 'a b'/],
  ])('refuses %j with one clear line', async (words, message) => {
    const result = await runCli(['generate-slots', ...words], { TABLEPICK_DATABASE_URL: 'mysql://x@127.0.0.1:1/x' });
    expectOneClearLine(result, 2, message);
  });

  it('stops following at Ctrl-C, says that the run goes on, and ends with 1 when rows failed', async () => {
    await withSlotScene(testServer('mysql'), restaurants, async (scene) => {
      await scene.database.query(`CREATE TRIGGER refuse BEFORE INSERT ON reservation_slot FOR EACH ROW
        IF NEW.restaurant_id = 3 AND NEW.time = TIME '08:00:00' THEN SIGNAL SQLSTATE '45000' SET MESSAGE_TEXT = 'closed'; END IF`);
      const env = { TABLEPICK_DATABASE_URL: scene.url };
      const words = ['generate-slots', '--distribute', '--from', scene.range.from, '--days', String(scene.range.days)];
      const first = startCli(words, env);
      await first.said(/no worker is at it; start one/);
      expect((await runCli(['runs', 'list'], env)).stdout).toMatch(/distributed +server-side/);
      first.child.kill('SIGINT');
      expect(await first.ended).toMatchObject({ code: 130, stderr: expect.stringMatching(/goes on at the workers/) });
      const second = startCli(words, env);
      await second.said(/no worker is at it; start one/);
      const worker = startWorkerProcess(scene.url, '--until-idle', '5s');
      expect(await second.ended).toMatchObject({ code: 1, stdout: expect.stringMatching(/failed +4\b/) });
      expect(await worker.ended).toMatchObject({ code: 0, stdout: expect.stringMatching(/failed +4\b/) });
    });
  });
});

async function untilHandedOut({ database }: SlotScene): Promise<void> {
  await eventually(async () => {
    const [run] = await listRuns(database);
    return run?.active === true && run.distributed;
  });
}

function isSkip({ kind }: { kind: string }): boolean {
  return kind === 'chunk-skipped';
}

async function expectOnce(scene: SlotScene): Promise<void> {
  const [sums] = await scene.database.query<Record<'chunks' | 'inserted' | 'planned', number>>(
    `SELECT COUNT(*) AS chunks, CAST(SUM(c.inserted) AS SIGNED) AS inserted, MAX(r.planned) AS planned
     FROM slot_run_chunk c JOIN slot_run r ON r.id = c.run_id WHERE r.state = 'finished' GROUP BY r.id, r.chunks HAVING COUNT(*) = r.chunks`,
  );
  expect(sums?.inserted).toBe(sums?.planned);
  expect(sums?.planned).toBe((await scene.readSlots()).length);
}
