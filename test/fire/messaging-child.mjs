// A producer, a relay or a consumer in a process of its own.
import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';

import { connect } from 'tablepick/database';
import { appendToOutbox, openTransport, startConsumer, startRelay } from 'tablepick/messaging';
import { seededRandom, withFailpoints } from 'tablepick/testing';

import { runWorker, tell, tellTriggered } from './fire-worker.mjs';

async function openPorts({ url, kafka, leaseMs, plan }) {
  const bare = await connect({ url, poolSize: 20 });
  const transport = await openTransport({ database: bare, leaseMs, pollMs: 50, ...kafka, sessionTimeoutMs: 6000 });
  const ports = withFailpoints({ transport, database: bare }, plan, tellTriggered);
  return { ...ports, bare, close: async () => void (await transport.close(), await bare.close()) };
}

async function startRelaying(job) {
  const { transport, database, close } = await openPorts(job);
  const relay = startRelay({ database, transport, batchRows: 20, pollMs: 50, cleanUp: false });
  return async () => {
    await relay.stop();
    await close();
  };
}

/** Writes rounds of transactions that overlap, of which the one that appended first commits last. */
async function startProducer(job) {
  const { bare: database, close } = await openPorts(job);
  const random = seededRandom(job.seed);
  const keyOf = () => `key-${Math.floor(random() * job.keys)}`;
  const working = (async () => {
    for (let round = 0; round < job.rounds; round += 1) {
      const key = keyOf();
      const keys = random() < 0.5 ? [key, key, key] : [key, keyOf(), keyOf()];
      await overlap({ database, random, topic: job.topic, undoneRate: 0.15 }, keys);
      await sleep(random() * 10);
    }
    await tell({ kind: 'finished' });
  })();
  return async () => {
    await working;
    await close();
  };
}

class Undone extends Error {}

async function overlap(tools, [key, ...others]) {
  const { database, random, undoneRate } = tools;
  const tx = randomUUID();
  const written = [];
  try {
    await database.transaction(
      async (transaction) => {
        written.push(...(await append(tools, transaction, { key, tx })));
        if (others.length > 0) await overlap(tools, others);
        await sleep(random() * 20);
        if (random() < undoneRate) throw new Undone();
      },
      { retry: false },
    );
  } catch (error) {
    if (error instanceof Undone) return;
    throw error;
  }
  const committedAt = now();
  for (const each of written) await tell({ kind: 'appended', ...each, committedAt });
}

async function append({ random, topic }, transaction, { key, tx }) {
  const count = 1 + Math.floor(random() * 3);
  const drafts = Array.from({ length: count }, (_, n) => {
    return { id: randomUUID(), type: 'Thing', key, aggregate: topic, data: { tx, n } };
  });
  const beganAt = now();
  await appendToOutbox(transaction, drafts);
  // In the same transaction: what is in this table is what must arrive.
  for (const { id } of drafts) await transaction.execute('INSERT INTO truth (id) VALUES (?)', [id]);
  return drafts.map(({ id }, n) => ({ id, key, tx, n, beganAt }));
}

/** Microseconds of a clock that all processes of a machine share. */
function now() {
  return Number(process.hrtime.bigint() / 1000n);
}

/** Writes each message's effect. Those that are poisoned fail until `isFixed`. A held one never ends in run 0. */
async function startConsuming(job) {
  const { transport, database, close } = await openPorts(job);
  const { group, topic, retry, inBatches } = job;
  const handlers = { Thing: inBatches ? batchHandler(job) : singleHandler(job) };
  const onEvent = ({ kind }) => kind === 'retrying' && void tell({ kind });
  const consumer = await startConsumer({ database, transport, group, topics: [topic], handlers, retry, onEvent });
  return async () => {
    await consumer.stop();
    await close();
  };
}

function singleHandler(job) {
  const { isFixed } = job;
  const handle = async ({ id, key, data }, { once }) => {
    if (data.isHeld && job.run === 0) await new Promise(() => {});
    if (data.isPoison && !isFixed) throw new Error(`poisoned: ${id}`);
    await once(async (tx) => {
      await tx.execute('INSERT INTO effect (message_id, message_key, n) VALUES (?, ?, ?)', [id, key, data.n]);
      await sleep(data.workMs ?? 0);
    });
  };
  return { name: 'write effect', handle };
}

/** Half of what is poisoned is told by the handler. The other half fails in the transaction. */
function batchHandler({ isFixed }) {
  const poisonOf = ({ id }) => new Error(`poisoned: ${id}`);
  const handleBatch = async (messages, { once, fail }) => {
    const poisoned = messages.filter(({ data }) => data.isPoison && !isFixed);
    const told = poisoned.filter(({ id }) => id.length % 2 === 0);
    for (const message of told) fail(message, poisonOf(message));
    await once(async (tx, newOnes) => {
      const values = newOnes.flatMap(({ id, key, data }) => [id, key, data.n]);
      const rows = newOnes.map(() => '(?, ?, ?)').join(', ');
      await tx.execute(`INSERT INTO effect (message_id, message_key, n) VALUES ${rows}`, values);
      const [failing] = newOnes.filter((message) => poisoned.includes(message));
      if (failing) throw poisonOf(failing);
      await sleep(2);
    });
  };
  return { name: 'write effect', handleBatch };
}

const roles = { producer: startProducer, relay: startRelaying, consumer: startConsuming };

await runWorker((job) => roles[job.role](job));
