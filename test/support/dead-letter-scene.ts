import { vi } from 'vitest';

import { type Database, connect, migrate } from 'tablepick/database';
import {
  type ConsumerEvent,
  type MessageHandler,
  type DeadLetter,
  type Message,
  type MessageDraft,
  type Transport,
  appendToOutbox,
  createMemoryTransport,
  listDeadLetters,
  outboxStatus,
  startConsumer,
  startRelay,
} from 'tablepick/messaging';

import { type TestServer, withTestDatabase } from './servers.js';

/** A service whose handler fails until it is repaired, with a relay and a transport inside this process. */
export interface DeadLetterScene {
  url: string;
  database: Database;
  transport: Transport;
  /** The messages that the handler handled without a failure. */
  handled: Message[];
  events: ConsumerEvent[];
  /** Lets the handler work from now on. */
  repair(): void;
  /** Makes the handler fail again. */
  breakAgain(): void;
  /** Appends messages to the outbox in one transaction. */
  say(...messages: MessageDraft[]): Promise<void>;
  /** Waits until no message waits in the outbox and the group has read all. */
  settle(): Promise<void>;
  /** Appends messages that fail. Resolves with their dead letters, in the order of `keys`. */
  kill(...keys: string[]): Promise<DeadLetter[]>;
}

/** The group whose handler fails. */
export const sceneGroup = 'kitchen';

/** The topic it reads. */
export const sceneTopic = 'orders';

/** Runs `work` on a {@link DeadLetterScene}; three tries make a dead letter. */
export async function withDeadLetterScene(
  server: TestServer,
  work: (scene: DeadLetterScene) => Promise<void>,
): Promise<void> {
  await withTestDatabase(server, async ({ url }) => {
    const database = await connect({ url, poolSize: 12 });
    const transport = createMemoryTransport();
    await migrate(database);
    await transport.createTopics([{ topic: sceneTopic, partitions: 2 }]);
    const state = { isBroken: true };
    const handled: Message[] = [];
    const events: ConsumerEvent[] = [];
    const consumer = await startConsumer({
      database,
      transport,
      group: sceneGroup,
      topics: [sceneTopic],
      handlers: { OrderPlaced: { name: 'cook-order', handle: cook(state, handled) } },
      retry: { kind: 'blocking', attempts: 3, baseMs: 1, capMs: 2 },
      onEvent: (event) => void events.push(event),
    });
    const relay = startRelay({ database, transport, pollMs: 50, cleanUp: false });
    try {
      await work(sceneOf({ url, database, transport, handled, events, state }));
    } finally {
      await Promise.all([consumer.stop(), relay.stop()]);
      await transport.close();
      await database.close();
    }
  });
}

/** Polls for longer than any stall of a busy machine. */
function waitUntil(condition: () => boolean | Promise<boolean>): Promise<unknown> {
  return vi.waitUntil(condition, { timeout: 30_000, interval: 20 });
}

type Handle = MessageHandler['handle'];

function cook(state: { isBroken: boolean }, handled: Message[]): Handle {
  return async (message, { once }) => {
    if (state.isBroken) throw new RangeError(`no pan for ${message.key}`);
    await once(async () => void handled.push(message));
  };
}

type Parts = Pick<DeadLetterScene, 'url' | 'database' | 'transport' | 'handled' | 'events'> & {
  state: { isBroken: boolean };
};

function sceneOf({ state, ...parts }: Parts): DeadLetterScene {
  const { database, transport, events } = parts;
  const say = (...messages: MessageDraft[]) => database.transaction((tx) => appendToOutbox(tx, messages));
  const settle = async (): Promise<void> => {
    await waitUntil(async () => (await outboxStatus(database)).pending === 0);
    await waitUntil(async () => (await transport.lag(sceneGroup, [sceneTopic])).every(({ lag }) => lag === 0));
  };
  return {
    ...parts,
    repair: () => void (state.isBroken = false),
    breakAgain: () => void (state.isBroken = true),
    say,
    settle,
    kill: async (...keys) => {
      const deadBefore = events.filter(({ kind }) => kind === 'dead').length;
      await say(...keys.map((key) => order(key)));
      await waitUntil(() => events.filter(({ kind }) => kind === 'dead').length === deadBefore + keys.length);
      const letters = await listDeadLetters(database, { limit: 1000 });
      return keys.flatMap((key) => letters.filter((letter) => letter.key === key));
    },
  };
}

/** A message for the scene's handler. JSON could write its data in other bytes. */
export function order(key: string): MessageDraft {
  const data = { dish: 'Käse­spätzle 🧀', key, price: 12.5, note: 'a "quote" \\ \u0001' };
  const traceparent = '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01';
  return { type: 'OrderPlaced', aggregate: sceneTopic, key, schemaVersion: 1, traceparent, data };
}
