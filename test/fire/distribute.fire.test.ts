import { setTimeout as sleep } from 'node:timers/promises';

import { describe, expect, it } from 'vitest';

import { checkRun } from '../support/check-run.js';
import { startWorkerProcess } from '../support/distribution-scene.js';
import { fireRandom } from '../support/fire-random.js';
import { planOf, withFireDatabase, withFireScene } from '../support/fire-scene.js';
import type { FireScene } from '../support/fire-scene.js';
import { enginesUnderFire, isShare } from '../support/fire-share.js';
import { findWriters } from '../support/open-transactions.js';
import { type RunningCli, jsonOf, startCli } from '../support/run-cli.js';
import { testServer } from '../support/servers.js';

/** On each server; as a share of it the kills are on one and the freezing is on the other. */
const kills = isShare ? 2 : 40;
const killedOn = enginesUnderFire('mysql').map(testServer);
const frozenOn = enginesUnderFire('mariadb').map(testServer);
const workersAtOnce = 3;
/** By then a worker is in the middle of its chunks; a partition of one that was killed is free after ten seconds. */
const longestLifeMs = 6_000;
const random = fireRandom();

describe.each(killedOn)('kill -9 of workers and of whoever follows them on $name', (server) => {
  it('at any moment costs no slot and doubles none', async () => {
    await withFireScene(server, async (scene) => {
      const killed = { workers: 0, followers: 0 };
      for (let year = 2027; killed.workers < kills; year += 1) {
        await distributeUnderFire({ ...scene, range: { from: `${year}-01-01`, days: 200 } }, killed);
      }
      console.log(`${server.name}: ${killed.workers} workers and ${killed.followers} followers killed`);
    });
  });
});

describe.each(frozenOn)('a worker that is frozen in the middle of a chunk on $name', (server) => {
  it('loses it to another one after its lease, and does no harm when it goes on', async () => {
    await withFireScene(server, async (scene) => {
      const frozen = startWorkerProcess(scene.url);
      const follower = startFollower(scene);
      await frozen.said(/chunk \d+, /);
      await freezeInTransaction(scene, frozen);
      const other = startWorkerProcess(scene.url);
      const result = await follower.ended;
      frozen.child.kill('SIGCONT');
      for (const { child } of [frozen, other]) child.kill('SIGINT');
      for (const { stderr } of await Promise.all([frozen.ended, other.ended])) expectNoCrash(stderr);
      const plan = await planOf(scene);
      expect(jsonOf(result)).toMatchObject({ planned: plan.rows, inserted: plan.rows, existing: 0, verified: true });
      await checkRun({ url: scene.url, plan });
    });
  });
});

/** Stops the process again and again until the server holds an unfinished transaction of it that has written slots. */
async function freezeInTransaction({ url }: FireScene, { child }: RunningCli): Promise<void> {
  for (;;) {
    child.kill('SIGSTOP');
    if ((await findWriters(url)).length > 0) return;
    child.kill('SIGCONT');
    await sleep(5);
  }
}

interface Killed {
  workers: number;
  followers: number;
}

/** Kills workers, and now and then the follower, and starts others in their place until the run is finished. */
async function distributeUnderFire(scene: FireScene, killed: Killed): Promise<void> {
  const ending = { isOver: false };
  const lives = Array.from({ length: workersAtOnce }, () => keepKillingWorkers(scene, killed, ending));
  const result = await followUntilDone(scene, killed);
  ending.isOver = true;
  await Promise.all(lives);
  const plan = await planOf(scene);
  expect(result).toMatchObject({ planned: plan.rows, inserted: plan.rows, existing: 0, failed: 0, verified: true });
  await checkRun({ url: scene.url, plan });
}

async function keepKillingWorkers({ url }: FireScene, killed: Killed, ending: { isOver: boolean }): Promise<void> {
  while (!ending.isOver) {
    const worker = startWorkerProcess(url);
    const isSpared = killed.workers >= kills;
    if (!isSpared) killed.workers += 1;
    const life = isSpared ? untilOver(ending) : sleep(500 + random() * longestLifeMs);
    await Promise.race([life, untilOver(ending)]);
    worker.child.kill(isSpared ? 'SIGINT' : 'SIGKILL');
    expectNoCrash((await worker.ended).stderr);
  }
}

async function untilOver(ending: { isOver: boolean }): Promise<void> {
  while (!ending.isOver) await sleep(50);
}

async function followUntilDone(scene: FireScene, killed: Killed): Promise<Record<string, unknown>> {
  for (let spared = false; ; spared = random() < 0.5) {
    const follower = startFollower(scene);
    if (!spared) void sleep(random() * longestLifeMs).then(() => follower.child.kill('SIGKILL'));
    const result = await follower.ended;
    expectNoCrash(result.stderr);
    if (result.code === null) killed.followers += 1;
    else if (result.code === 0) return jsonOf(result);
    else return resultInDatabase(scene, result.stdout);
  }
}

/** The workers may have finished the run while nobody followed it: then following it again is refused. */
async function resultInDatabase({ url }: FireScene, stdout: string): Promise<Record<string, unknown>> {
  expect(stdout).toContain('RUN_FINISHED');
  return withFireDatabase(url, async (database) => {
    const [sums] = await database.query<Record<string, number>>(
      `SELECT MAX(r.planned) AS planned, CAST(SUM(c.inserted) AS SIGNED) AS inserted, CAST(SUM(c.existing) AS SIGNED) AS existing,
         CAST(SUM(c.failed) AS SIGNED) AS failed FROM slot_run r JOIN slot_run_chunk c ON c.run_id = r.id
       WHERE r.id = (SELECT MAX(id) FROM slot_run)`,
    );
    return { ...sums, verified: true };
  });
}

function startFollower({ url, range }: FireScene): RunningCli {
  const dates = ['--from', range.from, '--days', String(range.days)];
  const words = ['generate-slots', '--distribute', '--strategy', 'identity', '--json', ...dates];
  return startCli(words, { TABLEPICK_DATABASE_URL: url });
}

function expectNoCrash(stderr: string): void {
  expect(stderr).not.toMatch(/^\s+at |^error: (?!run \d+ has finished)/m);
}
