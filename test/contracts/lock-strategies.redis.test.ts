import { type Database, connect } from 'tablepick/database';
import { connectRedisLater } from 'tablepick/redis';
import { type LockStrategy, createPessimistic, lockStrategies } from 'tablepick/reservations';
import { type StrategySuiteOptions, runStrategySuite, strategyCheckNames } from 'tablepick/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { randomSeed } from '../support/random-seed.js';
import { type TestDatabase, createTestDatabase, testRedis, testServers } from '../support/servers.js';

const seed = randomSeed();

const redis = connectRedisLater({ url: testRedis() });

const strategies: { label: string; strategy: LockStrategy; settings?: StrategySuiteOptions['settings'] }[] = [
  ...Object.values(lockStrategies).map((strategy) => ({ label: strategy.name, strategy, settings: { redis } })),
  { label: 'pessimistic, nowait', strategy: createPessimistic({ whenLocked: 'nowait' }) },
  { label: 'pessimistic, skip-locked', strategy: createPessimistic({ whenLocked: 'skip-locked' }) },
  { label: 'pessimistic, a second at most', strategy: createPessimistic({ lockWaitSeconds: 1 }) },
  ...[lockStrategies.atomic, lockStrategies.combining].map((strategy) => ({
    label: `${strategy.name}, with a sold-out flag`,
    strategy,
    settings: { redis, soldOutFlag: {} },
  })),
];

afterAll(() => redis.close());

for (const server of testServers()) {
  describe(`a lock strategy on ${server.name}`, () => {
    let schema: TestDatabase;
    let database: Database;

    beforeAll(async () => {
      schema = await createTestDatabase(server);
      database = await connect({ url: schema.url, poolSize: 32 });
    });

    afterAll(async () => {
      await database.close();
      await schema.drop();
    });

    describe.each(strategies)('$label', ({ strategy, settings }) => {
      it.each(strategyCheckNames(strategy))('%s', async (name) => {
        const results = await runStrategySuite({ database, strategy, settings, seed, only: [name] });
        expect(results).toEqual([{ name, passed: true, detail: expect.any(String) }]);
      });
    });
  });
}
