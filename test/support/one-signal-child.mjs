// A program that gives one signal to many calls at once. Each kind of call has a signal of its own. Prints how many
// listeners each signal has afterwards.
import { getEventListeners } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';

import { connect } from 'tablepick/database';
import { TablepickError } from 'tablepick';
import { appendToOutbox, createDatabaseTransport, startConsumer, startRelay } from 'tablepick/messaging';
import { createReservations } from 'tablepick/reservations';

const AT_ONCE = 30;
const url = process.env.TABLEPICK_TEST_URL;
const database = await connect({ url, poolSize: 2 });
const listeners = {};

async function giveToMany(name, call) {
  const { signal } = new AbortController();
  await Promise.all(Array.from({ length: AT_ONCE }, (_, index) => call(signal, index + 1)));
  listeners[name] = getEventListeners(signal, 'abort').length;
}

await giveToMany('queries', (signal) => database.query('SELECT SLEEP(0.001)', [], { signal }));

await giveToMany('transactions that are tried again', (signal) => {
  let tries = 0;
  const work = async () => {
    tries += 1;
    if (tries === 1) throw new TablepickError('CONFLICT', 'the first try', { retriable: true });
  };
  return database.transaction(work, { signal });
});

for (const strategy of ['combining', 'atomic', 'optimistic']) {
  const reservations = createReservations({ database, strategy });
  await giveToMany(strategy, (signal, memberId) => {
    const idempotencyKey = `${strategy}-${memberId}`;
    return reservations.reserve({ slotId: 1, memberId, partySize: 1, idempotencyKey }, { signal });
  });
  await reservations.close();
}

/** Handlers wait for each other, then sleep with the signal that each of them got. */
async function listenInHandlers() {
  const transport = createDatabaseTransport({ database });
  await transport.createTopics([{ topic: 'orders', partitions: 4 }]);
  const messages = Array.from({ length: 200 }, (_, key) => ({
    type: 'T',
    key: `${key}`,
    aggregate: 'orders',
    data: {},
  }));
  await database.transaction((tx) => appendToOutbox(tx, messages));
  const relay = startRelay({ database, transport });
  const signals = new Set();
  let entered = 0;
  let goOn;
  const manyAreIn = new Promise((resolve) => (goOn = resolve));
  const handle = async (_message, { signal }) => {
    signals.add(signal);
    const slept = sleep(20, undefined, { signal });
    entered += 1;
    if (entered === 12) goOn();
    await manyAreIn;
    await slept;
  };
  const handlers = { T: { name: 'sleeper', handle } };
  const consumer = await startConsumer({
    database,
    transport,
    group: 'g',
    topics: ['orders'],
    concurrency: 16,
    handlers,
  });
  await manyAreIn;
  await consumer.stop();
  await relay.stop();
  await transport.close();
  listeners.handlers = [...signals].reduce((sum, signal) => sum + getEventListeners(signal, 'abort').length, 0);
}

await listenInHandlers();
await database.close();
console.log(JSON.stringify(listeners));
