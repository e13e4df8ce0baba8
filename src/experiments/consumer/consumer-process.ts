// The entry of a measuring process that handles a backlog of messages. Started by measure-consumer.ts.
import { randomUUID } from 'node:crypto';

import { measureProcess } from '../../bench/measure-process.js';
import { withClosing } from '../../closing.js';
import { type Database, connect } from '../../database/index.js';
import { type ConsumerEvent, type Transport, openTransport, startConsumer } from '../../messaging/index.js';
import { followOrders } from '../processes/timed-process.js';
import { Backlog } from '../saga/backlog.js';
import { TransactionWatch } from '../server/transaction-watch.js';
import type { ConsumerJob, ConsumerOutcome } from './consumer-job.js';
import { effectHandler } from './effect-handler.js';

const poolSize = 24;

await followOrders<ConsumerJob, ConsumerOutcome>((job, begin) =>
  withClosing(async ({ onClose }) => {
    const watch = new TransactionWatch();
    const database = watch.over(await connect({ ...job.connection, poolSize }));
    onClose(() => database.close());
    const transport = await openTransport({ kind: job.carrier, database, ...job.kafka });
    onClose(() => transport.close());
    const draining = { job, database, transport };
    await drain(draining, { topic: job.warmupTopic, messages: job.warmupMessages });
    await begin();
    watch.restart();
    const meter = measureProcess();
    const drained = await drain(draining, { topic: job.topic, messages: job.messages });
    const client = meter.read();
    meter.stop();
    const { begun, rolledBack, deadlocked } = watch.toRecord();
    return { ...drained, client, transactions: { begun, rolledBack, deadlocked } };
  }),
);

interface Draining {
  job: ConsumerJob;
  database: Database;
  transport: Transport;
}

type Drained = Pick<ConsumerOutcome, 'handled' | 'dead' | 'seconds' | 'backlog'>;

/** Handles all messages of a topic. */
async function drain(
  { job, database, transport }: Draining,
  { topic, messages }: { topic: string; messages: number },
): Promise<Drained> {
  let firstMs: number | undefined;
  const ends = { handled: 0, dead: 0 };
  const backlog = new Backlog(performance.now());
  backlog.reserved(messages);
  let hasAll = (): void => {};
  const complete = new Promise<void>((resolve) => (hasAll = resolve));
  const onEvent = ({ kind }: ConsumerEvent): void => {
    if (kind !== 'handled' && kind !== 'dead') return;
    ends[kind] += 1;
    backlog.confirmed(1);
    if (ends.handled + ends.dead === messages) hasAll();
  };
  const handler = effectHandler(job, () => (firstMs ??= performance.now()));
  // The name of a topic may be too long for a group.
  const group = `bench-${randomUUID()}`;
  const handlers = { ReservationCreated: handler };
  const consumer = await startConsumer({
    database,
    transport,
    group,
    topics: [topic],
    handlers,
    onEvent,
  });
  try {
    await complete;
    const seconds = (performance.now() - firstMs!) / 1000;
    return { ...ends, seconds, backlog: backlog.stop() };
  } finally {
    backlog.stop();
    await consumer.stop();
  }
}
