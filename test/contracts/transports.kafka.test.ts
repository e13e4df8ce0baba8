import { type Database, connect, migrate } from 'tablepick/database';
import {
  createDatabaseTransport,
  createKafkaTransport,
  createMemoryHub,
  createMemoryTransport,
} from 'tablepick/messaging';
import { type TransportSuiteOptions, runTransportSuite, transportCheckNames } from 'tablepick/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { type TestDatabase, createTestDatabase, testKafka, testServers } from '../support/servers.js';

/** The least a broker takes by default. */
const KAFKA_SESSION_MS = 6000;
const LEASE_MS = 1500;

describe('a transport: memory', () => {
  const hub = createMemoryHub();
  keepsTheContract({ open: async () => createMemoryTransport(hub), sessionMs: 200 });
});

describe('a transport: kafka', () => {
  const open = async () => createKafkaTransport({ ...testKafka(), sessionTimeoutMs: KAFKA_SESSION_MS });
  keepsTheContract({ open, sessionMs: KAFKA_SESSION_MS });
});

for (const server of testServers()) {
  describe(`a transport: database on ${server.name}`, () => {
    let schema: TestDatabase;
    let database: Database;

    beforeAll(async () => {
      schema = await createTestDatabase(server);
      database = await connect({ url: schema.url, poolSize: 16 });
      await migrate(database);
    });

    afterAll(async () => {
      await database.close();
      await schema.drop();
    });

    keepsTheContract({
      open: async () => createDatabaseTransport({ database, leaseMs: LEASE_MS }),
      sessionMs: LEASE_MS,
    });
  });
}

function keepsTheContract(options: Pick<TransportSuiteOptions, 'open' | 'sessionMs'>): void {
  it.each(transportCheckNames())('%s', async (name) => {
    const results = await runTransportSuite({ ...options, only: [name] });
    expect(results).toEqual([{ name, passed: true, detail: expect.any(String) }]);
  });
}
