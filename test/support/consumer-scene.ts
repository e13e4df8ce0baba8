import { setTimeout as sleep } from 'node:timers/promises';

import { type Database, connect, migrate } from 'tablepick/database';
import {
  type ConsumerEvent,
  type ConsumerOptions,
  type MessageHandler,
  type Transport,
  type WireMessage,
  createMemoryTransport,
  createMessage,
  encodeMessage,
  startConsumer,
} from 'tablepick/messaging';

import { type TestServer, withTestDatabase } from './servers.js';

/** Three attempts within a few milliseconds. */
export const QUICK = { kind: 'blocking', attempts: 3, baseMs: 10, capMs: 50 } as const;

/** A consumer of the group `shop`, which is not started yet, and its topic `things` of one partition. */
export interface ConsumerScene {
  database: Database;
  url: string;
  transport: Transport;
  events: ConsumerEvent[];
  start(handle: MessageHandler['handle'], more?: Partial<ConsumerOptions>): Promise<void>;
  stop(): Promise<void>;
}

/** A message of the topic. */
export const message = (key: string, headers: Record<string, string> = {}, id?: string): WireMessage => {
  const wire = encodeMessage(
    createMessage({ type: 'Thing', key, aggregate: 'things', data: {}, ...(id ? { id } : {}) }),
  );
  return { ...wire, headers: { ...wire.headers, ...headers } };
};

/** Resolves when `isThere` resolves with true. */
export async function until(isThere: () => boolean | Promise<boolean>): Promise<void> {
  for (const deadline = Date.now() + 20_000; !(await isThere()); await sleep(5)) {
    if (Date.now() > deadline) throw new Error('it did not come about');
  }
}

/** Runs `work` in a scene. `open` opens its transport. The default is a transport in memory. */
export async function withConsumerScene(
  server: TestServer,
  work: (scene: ConsumerScene) => Promise<void>,
  open?: (database: Database) => Transport,
): Promise<void> {
  await withTestDatabase(server, async ({ url }) => {
    const database = await connect({ url, poolSize: 12 });
    const events: ConsumerEvent[] = [];
    const transport = open?.(database) ?? createMemoryTransport();
    let stop = async (): Promise<void> => {};
    try {
      await migrate(database);
      await transport.createTopics([
        { topic: 'things', partitions: 1 },
        { topic: 'shop.retry', partitions: 1 },
      ]);
      const start: ConsumerScene['start'] = async (handle, more = {}) => {
        const consumer = await startConsumer({
          database,
          transport,
          group: 'shop',
          topics: ['things'],
          retry: QUICK,
          handlers: { Thing: { name: 'sell', handle } },
          onEvent: (event) => events.push(event),
          ...more,
        });
        stop = () => consumer.stop();
      };
      await work({ database, url, transport, events, start, stop: () => stop() });
    } finally {
      await stop();
      await transport.close();
      await database.close();
    }
  });
}

/** A promise to wait for, and the function that resolves it. */
export function gate(): { opened: Promise<void>; open: () => void } {
  let open = (): void => {};
  const opened = new Promise<void>((resolve) => (open = resolve));
  return { opened, open };
}

/** The same object with one method replaced. */
export function replacing<T extends object, Name extends keyof T>(object: T, name: Name, method: T[Name]): T {
  return new Proxy(object, {
    get: (target, key) => {
      if (key === name) return method;
      const value: unknown = Reflect.get(target, key);
      return typeof value === 'function' ? (value.bind(target) as unknown) : value;
    },
  });
}
