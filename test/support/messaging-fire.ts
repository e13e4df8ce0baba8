import { randomBytes } from 'node:crypto';

import { type Database, connect, migrate } from 'tablepick/database';
import { type KafkaAccess, type Transport, openTransport } from 'tablepick/messaging';

import { askKafka } from './kafka-clients.js';
import { type TestServer, testKafka, testKafkaUrl, testServer, withTestDatabase } from './servers.js';

/** A database with empty tables, and a topic of its own. */
export interface MessagingFire {
  url: string;
  database: Database;
  transport: Transport;
  topic: string;
  /** A group that nobody else uses. */
  group: string;
  /** The settings with which processes reach the same database and topic. */
  places: { url: string; topic: string; group: string; kafka?: KafkaAccess; leaseMs: number };
}

/** The carrier of messages, and the server of the tables. */
export interface Carrier {
  carrier: 'database' | 'kafka';
  engine: TestServer['name'];
  /** Of the topic. Default 6. */
  partitions?: number;
}

const TABLES = [
  'CREATE TABLE truth (id VARCHAR(64) CHARACTER SET ascii PRIMARY KEY) ENGINE = InnoDB',
  `CREATE TABLE effect (no BIGINT AUTO_INCREMENT PRIMARY KEY, message_id VARCHAR(64) CHARACTER SET ascii NOT NULL,
    message_key VARCHAR(64) CHARACTER SET ascii NOT NULL, n INT NOT NULL, KEY (message_id)) ENGINE = InnoDB`,
];

/** Runs `work` with such a database. Afterwards nothing of it is left, and no connection. */
export async function withMessagingFire(
  { carrier, engine, partitions = 6 }: Carrier,
  work: (fire: MessagingFire) => Promise<void>,
): Promise<void> {
  await withTestDatabase(testServer(engine), async ({ url }) => {
    const topic = `fire-${randomBytes(6).toString('hex')}`;
    const kafka = carrier === 'kafka' ? testKafka() : undefined;
    const database = await connect({ url, poolSize: 20 });
    const transport = await openTransport({ database, pollMs: 50, ...kafka, sessionTimeoutMs: 6000 });
    try {
      await migrate(database);
      for (const sql of TABLES) await database.session((session) => session.execute(sql));
      await transport.createTopics([{ topic, partitions }]);
      const places = { url, topic, group: `${topic}-group`, leaseMs: 1500, ...(kafka && { kafka }) };
      await work({ url, database, transport, topic, group: places.group, places });
    } finally {
      await transport.close();
      await database.close();
      if (kafka) await askKafka(testKafkaUrl(), (admin) => admin.deleteTopics({ topics: [topic] }));
    }
  });
}
