import { connect } from 'tablepick/database';
import { generateSlots, readRules, insertStrategyNames } from 'tablepick/slots';
import type { GenerateEvent, GenerateResult, InsertStrategyName } from 'tablepick/slots';
import { startFaultProxy } from 'tablepick/testing';
import type { FaultProxy } from 'tablepick/testing';
import { describe, expect, it } from 'vitest';

import { checkRun } from '../support/check-run.js';
import { planOf, withFireScene } from '../support/fire-scene.js';
import type { FireScene } from '../support/fire-scene.js';
import { isShare } from '../support/fire-share.js';
import { testServers } from '../support/servers.js';

const strategies: InsertStrategyName[] = isShare ? ['batch', 'server-side'] : [...insertStrategyNames];

describe.each(testServers())('a COMMIT whose answer is lost on the way from $name', (server) => {
  it.each(
    strategies.flatMap((strategy) => [
      { strategy, when: 'before' as const },
      { strategy, when: 'after' as const },
    ]),
  )('of a $strategy chunk, $when it was applied, has exactly one effect', async ({ strategy, when }) => {
    await withFireScene(server, async (scene) => {
      const plan = await planOf(scene);
      const lost: Promise<void>[] = [];
      const retried = new Set<number>();
      const onEvent = (event: GenerateEvent, proxy: FaultProxy) => {
        if (event.kind === 'chunk-started' && event.chunk % 5 === 2) lost.push(proxy.loseNextCommit(when));
        if (event.kind === 'retry') retried.add(event.chunk);
      };
      const result = await generateThroughProxy(scene, { strategy, chunkRows: 480, onEvent });
      await Promise.all(lost);
      expect(lost.length).toBeGreaterThan(3);
      expect(result).toMatchObject({ inserted: plan.rows, existing: 0, failed: 0, verified: true });
      // Applied: the checkpoint says so and nothing is done twice. Not applied: the chunk is done again, and counted.
      expect(result.retries).toBe(when === 'before' ? lost.length : 0);
      expect(retried.size).toBe(result.retries);
      await checkRun({ url: scene.url, plan });
    });
  });

  it.each(['before', 'after'] as const)(
    'whichever of a run it is, %s it was applied, is made good by the run',
    async (when) => {
      await withFireScene(server, async ({ url, range: { days } }) => {
        // Each time in a year of its own, with one more COMMIT let through, until the run has none left to lose.
        let passed = 0;
        while (await loseOneCommit({ url, range: { from: `${2030 + passed}-01-01`, days } }, passed, when)) passed += 1;
        // Begin, stage, two chunks, clear the stage, close: at least.
        expect(passed).toBeGreaterThanOrEqual(6);
      });
    },
  );
});

/** True when the run had more than `passed` COMMITs. */
async function loseOneCommit(scene: FireScene, passed: number, when: 'before' | 'after'): Promise<boolean> {
  const plan = await planOf(scene);
  let isLost = false;
  const settings: ProxySettings = {
    strategy: 'server-side',
    chunkRows: 5000,
    begin: (proxy) => void proxy.loseNextCommit(when, passed).then(() => (isLost = true)),
  };
  const result = await generateThroughProxy(scene, settings);
  expect(result, `COMMIT ${passed + 1}`).toMatchObject({ inserted: plan.rows, existing: 0, verified: true });
  await checkRun({ url: scene.url, plan });
  return isLost;
}

interface ProxySettings {
  strategy: InsertStrategyName;
  chunkRows: number;
  begin?: (proxy: FaultProxy) => void;
  onEvent?: (event: GenerateEvent, proxy: FaultProxy) => void;
}

/** A generation with one worker whose connections all go through a proxy. */
async function generateThroughProxy(scene: FireScene, settings: ProxySettings): Promise<GenerateResult> {
  const { strategy, chunkRows, begin, onEvent } = settings;
  const address = new URL(scene.url);
  const proxy = await startFaultProxy({ target: { host: address.hostname, port: Number(address.port) } });
  address.host = `127.0.0.1:${proxy.port}`;
  try {
    const database = await connect({ url: address.href, sslMode: 'DISABLED' });
    begin?.(proxy);
    const generation = generateSlots({
      database,
      strategy,
      chunkRows,
      range: scene.range,
      rules: readRules(database),
      workers: 1,
      onEvent: (event) => onEvent?.(event, proxy),
    });
    return await generation.finally(() => database.close());
  } finally {
    await proxy.close();
  }
}
