import { type RelayEvent, type WireMessage, appendToOutbox, startRelay } from 'tablepick/messaging';
import { describe, expect, it } from 'vitest';

import { until } from './support/consumer-scene.js';
import { withMigratedDatabase } from './support/migrated-database.js';
import { testServers } from './support/servers.js';

const draft = (key: string) => ({ type: 'PaymentRequested', key, aggregate: 'payments', data: {} });

/** A transport that fails, again and again, with whatever is published along with the key `poison`, until it is healed. */
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
});
