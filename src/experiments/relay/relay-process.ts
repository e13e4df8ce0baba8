// The entry of a measuring process that brings messages to a transport. Started by measure-relay.ts.
import { measureProcess } from '../../bench/measure-process.js';
import { sleepUntil } from '../../bench/load/sleep-until.js';
import { closeAfter } from '../../closing.js';
import { type Database, connect } from '../../database/index.js';
import {
  type RelayOptions,
  type Transport,
  appendToOutbox,
  createMessage,
  encodeMessage,
  openTransport,
  startRelay,
} from '../../messaging/index.js';
import { type BareProducer, openBareProducer } from '../../messaging/transports/kafka/bare-kafka.js';
import { followOrders } from '../processes/timed-process.js';
import { TransactionWatch } from '../server/transaction-watch.js';
import { appendMessages } from './append-messages.js';
import { benchMessage } from './bench-messages.js';
import { measurePaced } from './measure-paced.js';
import { type RelayJob, type RelayOutcome, servicePoolSize } from './relay-job.js';

const noTransactions = { begun: 0, rolledBack: 0, deadlocked: 0 };

type Begin = () => Promise<number>;

await followOrders<RelayJob, RelayOutcome>(measure);

function measure(job: RelayJob, begin: Begin): Promise<RelayOutcome> {
  const { way } = job;
  switch (way.kind) {
    case 'producer':
      return withProducer(job, true, (producer) => drainByProducer(job, producer, begin));
    case 'relay':
      return withService(job, (service) => drainByRelay({ job, service, relay: way }, begin));
    case 'paced-producer':
      return withProducer(job, false, (producer) =>
        paceProducer({ job, producer, ratePerSecond: way.ratePerSecond }, begin),
      );
    case 'paced-relay':
      return withService(job, (service) => paceRelay({ job, service, relay: way }, begin));
  }
}

/** A service with an outbox. */
interface Service {
  database: Database;
  transport: Transport;
  watch: TransactionWatch;
}

async function withService<T>(job: RelayJob, work: (service: Service) => Promise<T>): Promise<T> {
  const watch = new TransactionWatch();
  const database = watch.over(await connect({ ...job.connection, poolSize: servicePoolSize }));
  return closeAfter(
    () => database.close(),
    () => withTransport(job, database, (transport) => work({ database, transport, watch })),
  );
}

async function withTransport<T>(
  { carrier, kafka }: RelayJob,
  database: Database | undefined,
  work: (transport: Transport) => Promise<T>,
): Promise<T> {
  const transport = await openTransport({ kind: carrier, database, ...kafka });
  return closeAfter(
    () => transport.close(),
    () => work(transport),
  );
}

async function withProducer<T>(
  { kafka }: RelayJob,
  isIdempotent: boolean,
  work: (producer: BareProducer) => Promise<T>,
): Promise<T> {
  const producer = await openBareProducer(kafka ?? { brokers: [] }, { isIdempotent });
  return closeAfter(
    () => producer.close(),
    () => work(producer),
  );
}

async function drainByProducer(job: RelayJob, producer: BareProducer, begin: Begin): Promise<RelayOutcome> {
  const { batchRows } = job;
  const sendAll = async (topic: string, wires: ReturnType<typeof wireOf>[]): Promise<void> => {
    for (let at = 0; at < wires.length; at += batchRows) await producer.send(topic, wires.slice(at, at + batchRows));
  };
  const wiresOf = (topic: string, count: number) => Array.from({ length: count }, (_, index) => wireOf(topic, index));
  await sendAll(job.warmupTopic, wiresOf(job.warmupTopic, job.warmupMessages));
  const wires = wiresOf(job.topic, job.messages);
  const measured = await timeWhole(begin, () => sendAll(job.topic, wires));
  return { ...measured, delivered: job.messages, transactions: noTransactions };
}

async function paceProducer(
  { job, producer, ratePerSecond }: { job: RelayJob; producer: BareProducer; ratePerSecond: number },
  begin: Begin,
): Promise<RelayOutcome> {
  const send = async (topic: string, index: number): Promise<number> => {
    const beganMs = performance.now();
    await producer.send(topic, [wireOf(topic, index)]);
    return beganMs;
  };
  const measured = await withTransport(job, undefined, (transport) =>
    measurePaced({ job, transport, ratePerSecond, send }, begin),
  );
  return { ...measured, transactions: noTransactions };
}

interface Relaying<Options> {
  job: RelayJob;
  service: Service;
  relay: Options;
}

async function drainByRelay(
  { job, service, relay: { batchRows, workers } }: Relaying<Pick<RelayOptions, 'batchRows' | 'workers'>>,
  begin: Begin,
): Promise<RelayOutcome> {
  const { database, transport, watch } = service;
  const options = { database, transport, batchRows, workers };
  await appendMessages(database, job.warmupTopic, job.warmupMessages);
  await drain(options, job.warmupMessages);
  const measured = await timeWhole(begin, () => {
    watch.restart();
    return drain(options, job.messages);
  });
  return { ...measured, delivered: job.messages, transactions: countsOf(watch) };
}

/** Runs a relay until all messages are acknowledged and marked. */
async function drain(options: RelayOptions, messages: number): Promise<void> {
  let left = messages;
  let end: (failure?: unknown) => void = () => {};
  const ended = new Promise<unknown>((resolve) => (end = resolve));
  const relay = startRelay({
    ...options,
    onEvent: (event) => {
      if (event.kind !== 'sent') return end(event.error);
      left -= event.messages;
      if (left <= 0) end();
    },
  });
  const failure = await ended;
  await relay.stop();
  if (failure !== undefined) throw failure;
}

async function paceRelay(
  { job, service, relay: { ratePerSecond, wake, pollMs } }: Relaying<Extract<RelayJob['way'], { kind: 'paced-relay' }>>,
  begin: Begin,
): Promise<RelayOutcome> {
  const { database, transport, watch } = service;
  const relay = startRelay({ database, transport, wake, pollMs });
  const send = async (topic: string, index: number): Promise<number> => {
    await database.transaction((tx) => appendToOutbox(tx, [benchMessage(topic, index)]));
    return performance.now();
  };
  try {
    const measured = await measurePaced({ job, transport, ratePerSecond, send }, () => (watch.restart(), begin()));
    return { ...measured, transactions: countsOf(watch) };
  } finally {
    await relay.stop();
  }
}

async function timeWhole(
  begin: Begin,
  work: () => Promise<void>,
): Promise<Pick<RelayOutcome, 'seconds' | 'client' | 'times'>> {
  await sleepUntil(await begin());
  const meter = measureProcess();
  const beganMs = performance.now();
  await work();
  const seconds = (performance.now() - beganMs) / 1000;
  const client = { ...meter.read(), rssSamples: [] };
  meter.stop();
  return { seconds, client, times: {} };
}

function wireOf(topic: string, index: number): ReturnType<typeof encodeMessage> {
  return encodeMessage(createMessage(benchMessage(topic, index)));
}

function countsOf(watch: TransactionWatch): RelayOutcome['transactions'] {
  const { begun, rolledBack, deadlocked } = watch.toRecord();
  return { begun, rolledBack, deadlocked };
}
