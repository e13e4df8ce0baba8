import { setTimeout as sleep } from 'node:timers/promises';

import { type Database, connect } from 'tablepick/database';
import { type RelayEvent, type WireMessage, appendToOutbox, startRelay } from 'tablepick/messaging';
import { describe, expect, it } from 'vitest';

import { asUser } from './support/as-user.js';
import { until } from './support/consumer-scene.js';
import { withMigratedDatabase } from './support/migrated-database.js';
import { testServers, withConnection } from './support/servers.js';

const draft = (key: string) => ({ type: 'PaymentRequested', key, aggregate: 'payments', data: {} });

/**
 * A transport that fails, again and again, with whatever is published along with the key `poison`, until it is healed.
 */
function poisoned() {
  const keys = new Set<string>();
  let isHealed = false;
  const publish = async (messages: readonly WireMessage[]): Promise<void> => {
    if (!isHealed && messages.some(({ key }) => key === 'poison')) throw new Error('not now');
    for (const { key } of messages) keys.add(key);
  };
  return { keys, transport: { publish }, heal: () => (isHealed = true) };
}

describe.each(testServers())('a relay on $name', (server) => {
  it('sends what is in other lanes than the message that fails, waits longer each time, and loses nothing', async () => {
    await withMigratedDatabase(server, async (database) => {
      const { keys, transport, heal } = poisoned();
      const waits: number[] = [];
      const onEvent = (event: RelayEvent): void => void (event.kind === 'failed' && waits.push(event.waitMs));
      const others = Array.from({ length: 200 }, (_, n) => `key-${n}`);
      await database.transaction((tx) => appendToOutbox(tx, ['poison', ...others].map(draft)));
      const relay = startRelay({ database, transport, onEvent });
      try {
        await until(() => waits.length > 5);
        expect(keys.size).toBeGreaterThan(100);
        expect(keys.size).toBeLessThan(200);
        expect(Math.max(...waits)).toBeGreaterThan(200);
        heal();
        await until(() => keys.size === 201);
      } finally {
        await relay.stop();
      }
    });
  });

  it('catches up also where the server refuses it the connections that it would like to have', async () => {
    await withMigratedDatabase(server, async (database, schemaUrl) => {
      const keys = await putBacklog(database, 3000);
      await asUser({ server, schemaUrl }, ['GRANT ALL ON ?.* TO USER'], async (url) => {
        const account = `'${new URL(url).username}'@'%'`;
        await withConnection(server.url, (admin) => admin.query(`ALTER USER ${account} WITH MAX_USER_CONNECTIONS 2`));
        const narrow = await connect({ url, poolSize: 12 });
        const { sent, transport } = recorder();
        const relay = startRelay({ database: narrow, transport, batchRows: 100 });
        try {
          await until(() => sent.length >= keys.length);
        } finally {
          await relay.stop();
          await narrow.close();
        }
        expect(new Set(sent)).toEqual(new Set(keys));
      });
    });
  });

  it('catches up beside another one, and sends each message once, those of a key in their order', async () => {
    await withMigratedDatabase(server, async (database) => {
      const keys = await putBacklog(database, 6000);
      const { sent, transport } = recorder();
      const relays = [1, 2].map(() => startRelay({ database, transport, batchRows: 100, workers: 4 }));
      try {
        await until(() => sent.length >= keys.length);
      } finally {
        await Promise.all(relays.map((relay) => relay.stop()));
      }
      expect(sent.toSorted()).toEqual(keys.toSorted());
      const numbersOf = (of: readonly string[], key: string) => of.filter((each) => each.startsWith(`${key}#`));
      for (const key of ['key-0', 'key-17', 'key-39']) expect(numbersOf(sent, key)).toEqual(numbersOf(keys, key));
    });
  });
});

/** Of 40 keys, `key#number` each, in the order in which they were written. */
async function putBacklog(database: Database, count: number): Promise<string[]> {
  const names = Array.from({ length: count }, (_, number) => `key-${number % 40}#${number}`);
  for (let from = 0; from < count; from += 1000) {
    const drafts = names.slice(from, from + 1000).map((name) => ({ ...draft(name.split('#')[0]!), data: { name } }));
    await database.transaction((tx) => appendToOutbox(tx, drafts));
  }
  return names;
}

/** A transport that takes its time and keeps the names of what it was given. */
function recorder() {
  const sent: string[] = [];
  const publish = async (messages: readonly WireMessage[]): Promise<void> => {
    await sleep(5);
    for (const { value } of messages) sent.push((JSON.parse(value) as { name: string }).name);
  };
  return { sent, transport: { publish } };
}
