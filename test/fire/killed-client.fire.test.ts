import { setTimeout as sleep } from 'node:timers/promises';

import { type InsertStrategyName, insertStrategyNames } from 'tablepick/slots';
import { describe, expect, it } from 'vitest';

import { checkCheckpoints, checkRun, readSlotLines } from '../support/check-run.js';
import type { RunCheck } from '../support/check-run.js';
import { startFireProcess } from '../support/fire-process.js';
import type { FireJob } from '../support/fire-process.js';
import { fireRandom } from '../support/fire-random.js';
import { planOf, withFireScene } from '../support/fire-scene.js';
import type { FireScene } from '../support/fire-scene.js';
import { isShare } from '../support/fire-share.js';
import { testServers, withConnection } from '../support/servers.js';

const strategies: InsertStrategyName[] = [...insertStrategyNames];
/** Over all strategies and both servers: 200, or 10. */
const killsOfStrategy = isShare ? 1 : 20;
const random = fireRandom();

describe.each(testServers())('kill -9 of the client on $name', (server) => {
  it.each(strategies)(
    'at any moment of %s leaves what the checkpoints say, and the run goes on to the plan',
    async (strategy) => {
      await withFireScene(server, async (scene) => {
        const hunt = { strategy, expectedMs: await timeUndisturbed(scene, strategy), kills: 0, halfway: 0 };
        for (let year = 2027; hunt.kills < killsOfStrategy; year += 1) {
          await killUntilDone({ ...scene, range: { from: `${year}-02-20`, days: 10 } }, hunt);
        }
        console.log(
          `${server.name}, ${strategy}: ${hunt.kills} kills, ${hunt.halfway} of them between the first chunk and the last`,
        );
      });
    },
  );
});

interface Hunt {
  strategy: InsertStrategyName;
  /** How long an undisturbed run takes from the start of its process. */
  expectedMs: number;
  kills: number;
  /** Kills that left a run with some chunks done and some not. */
  halfway: number;
}

function jobOf({ url, range }: FireScene, strategy: InsertStrategyName): FireJob {
  return { url, range, strategy, action: 'generate', chunkRows: 480, workers: 2 };
}

async function timeUndisturbed(scene: FireScene, strategy: InsertStrategyName): Promise<number> {
  const startedAt = performance.now();
  const ending = await startFireProcess(jobOf(scene, strategy)).ended;
  const expectedMs = performance.now() - startedAt;
  expect(ending).toMatchObject({ result: { verified: true, deadlocks: 0 } });
  await checkRun({ url: scene.url, plan: await planOf(scene) });
  return expectedMs;
}

/**
 * Starts a generation again and again and kills it, until one comes to its end before it is killed or has been spared.
 */
async function killUntilDone(scene: FireScene, hunt: Hunt): Promise<void> {
  const check = await prepareCheck(scene);
  for (;;) {
    const child = startFireProcess(jobOf(scene, hunt.strategy));
    if (hunt.kills < killsOfStrategy) void sleep(random() * hunt.expectedMs).then(() => child.kill('SIGKILL'));
    const ending = await child.ended;
    expect(ending.stderr).toBe('');
    if (ending.result === undefined && ending.error === undefined) {
      hunt.kills += 1;
      const { chunksDone, chunks } = await checkCheckpoints(check);
      if (chunksDone > 0 && chunksDone < chunks) hunt.halfway += 1;
    } else {
      // Killed between the last word to the server and the last one to us, the run was finished all the same.
      const done = ending.error ? { code: 'RUN_FINISHED' } : { verified: true, planned: check.plan.rows, failed: 0 };
      expect(ending.result ?? ending.error).toMatchObject(done);
      return checkRun(check);
    }
  }
}

/** Some slots of the plan are there before, with a capacity and a count of their own. */
async function prepareCheck(scene: FireScene): Promise<RunCheck> {
  const plan = await planOf(scene);
  const rows = [3, 17, 42].map((id) => `(${id}, '${scene.range.from}', '09:00', 7, 2)`);
  await withConnection(scene.url, (connection) =>
    connection.query(
      `INSERT INTO reservation_slot (restaurant_id, date, time, capacity, count) VALUES ${rows.join(',')}`,
    ),
  );
  return { url: scene.url, plan, before: await readSlotLines({ url: scene.url, plan }) };
}
