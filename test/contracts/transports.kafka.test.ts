import { type Database, connect, migrate } from 'tablepick/database';
import {
  type PartitionAssignment,
  type Transport,
  createDatabaseTransport,
  createKafkaTransport,
  createMemoryHub,
  createMemoryTransport,
  withTopicPrefix,
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

describe('a transport: memory, with a prefix before its topics', () => {
  const hub = createMemoryHub();
  keepsTheContract({ open: async () => withTopicPrefix(createMemoryTransport(hub), 'mine-'), sessionMs: 200 });
});

describe('a transport that changes the assignment from batch to batch', () => {
  const check = 'gives all batches of a partition one assignment until it is lost, and another one afterwards';

  it.each<[string, (assignment: PartitionAssignment) => PartitionAssignment]>([
    ['another object', (assignment) => ({ ...assignment })],
    ['another signal', (assignment) => ({ ...assignment, signal: AbortSignal.any([assignment.signal]) })],
  ])('breaks the contract: %s', async (_, change) => {
    const hub = createMemoryHub();
    const open = async () => changingAssignments(createMemoryTransport(hub), change);
    const results = await runTransportSuite({ open, sessionMs: 200 });
    expect(results.filter(({ passed }) => !passed).map(({ name }) => name)).toEqual([check]);
  });
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

function changingAssignments(
  transport: Transport,
  change: (assignment: PartitionAssignment) => PartitionAssignment,
): Transport {
  return {
    ...transport,
    subscribe: (options) =>
      transport.subscribe({
        ...options,
        onBatch: ({ assignment, messages }) => options.onBatch({ assignment: change(assignment), messages }),
      }),
  };
}

function keepsTheContract(options: Pick<TransportSuiteOptions, 'open' | 'sessionMs'>): void {
  it.each(transportCheckNames())('%s', async (name) => {
    const results = await runTransportSuite({ ...options, only: [name] });
    expect(results).toEqual([{ name, passed: true, detail: expect.any(String) }]);
  });
}
