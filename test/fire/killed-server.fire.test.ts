import { setTimeout as sleep } from 'node:timers/promises';

import { type InsertStrategyName, insertStrategyNames } from 'tablepick/slots';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { checkCheckpoints, checkRun } from '../support/check-run.js';
import { startFireProcess } from '../support/fire-process.js';
import type { FireJob } from '../support/fire-process.js';
import { fireRandom } from '../support/fire-random.js';
import { planOf, withFireScene } from '../support/fire-scene.js';
import type { FireScene } from '../support/fire-scene.js';
import { isShare } from '../support/fire-share.js';
import { startPrivateServer } from '../support/private-server.js';
import type { PrivateServer } from '../support/private-server.js';

const strategies: InsertStrategyName[] = isShare ? ['load-data', 'server-side'] : [...insertStrategyNames];
const downMs = 1000;
const chunksAtMost = 15;
const roundsOfStrategy = isShare ? 1 : 4;
const anyMoments = isShare ? 2 : 20;
const random = fireRandom();

describe.each(['mysql', 'mariadb'] as const)('kill -9 of %s', (engine) => {
  let server: PrivateServer;

  beforeAll(async () => {
    server = await startPrivateServer(engine);
  });
  afterAll(() => server?.remove());

  it.each(strategies)('in the middle of %s: the run waits for the server and goes on by itself', async (strategy) => {
    await withFireScene(server, async (scene) => {
      for (let round = 0; round < roundsOfStrategy; round += 1)
        await surviveCrash(inYear(scene, 2027 + round), strategy);
    });
  });

  it('at any moment since the client started: the run goes on by itself, or says what was lost and is resumed', async () => {
    await withFireScene(server, async (scene) => {
      const expectedMs = await timeUndisturbed(scene);
      let resumed = 0;
      for (let round = 0; round < anyMoments; round += 1) {
        resumed += await crashAfter(inYear(scene, 2027 + round), random() * expectedMs);
      }
      console.log(`${engine}: of ${anyMoments} runs ${anyMoments - resumed} went on by themselves`);
    });
  });

  async function surviveCrash(scene: FireScene, strategy: InsertStrategyName): Promise<void> {
    const plan = await planOf(scene);
    const child = startFireProcess(jobOf(scene, strategy));
    await child.told('chunk-done', 1 + Math.floor(random() * chunksAtMost));
    await crash();
    const ending = await child.ended;
    expect(ending).toMatchObject({ result: { state: 'finished', inserted: plan.rows, verified: true } });
    expect(Number(ending.result?.retries)).toBeGreaterThan(0);
    await checkRun({ url: scene.url, plan });
  }

  /** 1 when the run had to be resumed. */
  async function crashAfter(scene: FireScene, delayMs: number): Promise<0 | 1> {
    const plan = await planOf(scene);
    const child = startFireProcess(jobOf(scene, 'batch'));
    await sleep(delayMs);
    await crash();
    const { error, result, stderr } = await child.ended;
    expect(stderr).toBe('');
    await checkCheckpoints({ url: scene.url, plan });
    if (error) {
      expect(error).toMatchObject({
        code: expect.stringMatching(/^(CONNECTION_LOST|SERVER_UNREACHABLE)$/),
        hint: expect.any(String),
      });
    }
    const last = error ? await startFireProcess(jobOf(scene, 'batch')).ended : { result };
    expect(last).toMatchObject({ result: { inserted: plan.rows, verified: true } });
    await checkRun({ url: scene.url, plan });
    return error ? 1 : 0;
  }

  async function crash(): Promise<void> {
    await server.kill();
    await sleep(downMs);
    await server.start();
  }

  it('and of the client with it: the next one finds what the checkpoints say and goes on', async () => {
    await withFireScene(server, async (scene) => {
      const { url } = scene;
      const plan = await planOf(scene);
      const job = jobOf(scene, 'batch');
      const child = startFireProcess(job);
      await child.told('chunk-done', 1 + Math.floor(random() * chunksAtMost));
      child.kill('SIGKILL');
      await server.kill();
      await server.start();
      const { chunksDone, chunks } = await checkCheckpoints({ url, plan });
      expect(chunksDone).toBeGreaterThan(0);
      const { result } = await startFireProcess(job).ended;
      expect(result).toMatchObject({ inserted: plan.rows, verified: true, chunks: chunks - chunksDone });
      await checkRun({ url, plan });
    });
  });
});

function jobOf({ url, range }: FireScene, strategy: InsertStrategyName): FireJob {
  // The lease is renewed three times in its time: here also while the server is down.
  return { url, range, strategy, action: 'generate', chunkRows: 480, workers: 2, leaseMs: 900 };
}

function inYear({ url, range }: FireScene, year: number): FireScene {
  return { url, range: { ...range, from: `${year}${range.from.slice(4)}` } };
}

async function timeUndisturbed(scene: FireScene): Promise<number> {
  const startedAt = performance.now();
  expect(await startFireProcess(jobOf(scene, 'batch')).ended).toMatchObject({ result: { verified: true } });
  return performance.now() - startedAt;
}
