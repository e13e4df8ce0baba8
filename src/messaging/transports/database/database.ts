import type { Database } from '../../../database/index.js';
import { requireFitOnce } from '../../../database/fit/require-fit-once.js';
import { TablepickError } from '../../../errors.js';
import { offerForwarding } from '../../forwarding.js';
import { TRANSPORT_TABLES } from '../../messaging-tables.js';
import type { DisposableTransport, PartitionLag, Subscription, TopicSpec } from '../../transport.js';
import { openTableForwarding } from './forward-to-tables.js';
import { publishToTables } from './publish-to-tables.js';
import { subscribeToTables } from './subscribe-to-tables.js';

/** Settings of {@link createDatabaseTransport}. */
export interface DatabaseTransportOptions {
  /** Where the tables are; every service may have a handle of its own. It stays open when the transport is closed. */
  database: Database;
  /** How long a subscription that does not answer keeps its partitions (the visibility timeout). Default 10000. */
  leaseMs?: number | undefined;
  /** Messages of one batch. Default 500. */
  batchRows?: number | undefined;
  /** Longest wait between two looks. While messages come, the wait is shorter. Default 500. */
  pollMs?: number | undefined;
}

const ADD_PARTITIONS = 'INSERT INTO message_partition (topic, partition_no) VALUES ';
// Messages that were cleaned up do not count as lag.
const SELECT_LAG = `SELECT p.topic, p.partition_no AS \`partition\`,
    p.next_offset - GREATEST(COALESCE(g.committed_offset, 0), COALESCE((
      SELECT MIN(m.message_offset) FROM message m WHERE m.topic = p.topic AND m.partition_no = p.partition_no
    ), p.next_offset)) AS \`lag\`
  FROM message_partition p
  LEFT JOIN message_group g ON g.topic = p.topic AND g.partition_no = p.partition_no AND g.consumer_group = ?
  WHERE p.topic = ? ORDER BY p.partition_no`;

/**
 * The tables `message…` as a transport. Each partition is a log, and its messages become visible in the order of their
 * offsets. Each group has one offset for each partition. Nothing needs to be installed. It keeps what the server
 * commits. Every machine that reaches the server can use it. Creating topics and subscribing throw `MISSING_TABLE` or
 * `TABLE_UNFIT` when its tables cannot be used.
 *
 * @example
 * const transport = createDatabaseTransport({ database });
 * await transport.createTopics([{ topic: 'seats', partitions: 6 }]);
 */
export function createDatabaseTransport(options: DatabaseTransportOptions): DisposableTransport {
  const { database } = options;
  const partitions = new Map<string, number>();
  const subscriptions = new Set<Subscription>();
  let isClosed = false;
  const close = async (): Promise<void> => {
    isClosed = true;
    await Promise.all([...subscriptions].map((each) => each.stop()));
  };
  const transport: DisposableTransport = {
    name: 'database',
    createTopics: async (topics) => {
      await requireFitOnce(database, TRANSPORT_TABLES);
      await createTopics(database, topics);
    },
    publish: async (messages) => {
      if (isClosed) throw new TablepickError('TRANSPORT_UNAVAILABLE', 'the transport is closed');
      await publishToTables(database, messages, partitions);
    },
    subscribe: async (wanted) => {
      await requireFitOnce(database, TRANSPORT_TABLES);
      const subscription = await subscribeToTables(options, wanted);
      subscriptions.add(subscription);
      return subscription;
    },
    lag: async (group, topics) => {
      const lags = await Promise.all(topics.map((topic) => database.query<PartitionLag>(SELECT_LAG, [group, topic])));
      return lags.flat();
    },
    close,
    [Symbol.asyncDispose]: close,
  };
  offerForwarding(transport, (wish) => openTableForwarding(database, partitions, wish));
  return transport;
}

/** Creates topics one after another in a fixed order, so that two callers at once do not deadlock. */
async function createTopics(database: Database, topics: readonly TopicSpec[]): Promise<void> {
  for (const { topic, partitions } of topics.toSorted((a, b) => (a.topic < b.topic ? -1 : 1))) {
    const found = await database.query('SELECT 1 FROM message_partition WHERE topic = ? LIMIT 1', [topic]);
    if (found.length > 0) continue;
    const rows = Array.from({ length: partitions }, (_, partition) => [topic, partition]);
    const sql = `${ADD_PARTITIONS}${rows.map(() => '(?, ?)').join(', ')} ON DUPLICATE KEY UPDATE topic = VALUES(topic)`;
    await database.transaction((tx) => tx.execute(sql, rows.flat()));
  }
}
