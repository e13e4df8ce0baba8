import { setTimeout as sleep } from 'node:timers/promises';

import type { InsertStrategyName } from 'tablepick/slots';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { checkCheckpoints, checkRun } from '../support/check-run.js';
import { startFireProcess } from '../support/fire-process.js';
import type { FireJob } from '../support/fire-process.js';
import { fireRandom } from '../support/fire-random.js';
import { planOf, withFireScene } from '../support/fire-scene.js';
import { isShare } from '../support/fire-share.js';
import { startPrivateServer } from '../support/private-server.js';
import type { PrivateServer } from '../support/private-server.js';

const strategies: InsertStrategyName[] = isShare
  ? ['load-data', 'server-side']
  : ['identity', 'prepared', 'batch', 'load-data', 'server-side'];
const downMs = 1000;
const chunksAtMost = 15;
const random = fireRandom();

describe.each(['mysql', 'mariadb'] as const)('kill -9 of %s', (engine) => {
  let server: PrivateServer;

  beforeAll(async () => {
    server = await startPrivateServer(engine);
  });
  afterAll(() => server?.remove());

  it.each(strategies)('in the middle of %s: the run waits for the server and goes on by itself', async (strategy) => {
    await withFireScene(server, async ({ url, range }) => {
      const plan = await planOf({ url, range });
      const child = startFireProcess({ url, range, strategy, action: 'generate', chunkRows: 480, workers: 2 });
      await child.told('chunk-done', 1 + Math.floor(random() * chunksAtMost));
      await server.kill();
      await sleep(downMs);
      await server.start();
      const ending = await child.ended;
      expect(ending).toMatchObject({ result: { state: 'finished', inserted: plan.rows, verified: true } });
      expect(Number(ending.result?.retries)).toBeGreaterThan(0);
      await checkRun({ url, plan });
    });
  });

  it('and of the client with it: the next one finds what the checkpoints say and goes on', async () => {
    await withFireScene(server, async ({ url, range }) => {
      const plan = await planOf({ url, range });
      const job: FireJob = { url, range, strategy: 'batch', action: 'generate', chunkRows: 480, workers: 2 };
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
