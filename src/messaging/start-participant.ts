import { stoppable } from '../closing.js';
import { keepCleaning } from './clean-up.js';
import type { Consumer, ConsumerOptions } from './consumer/consumer.js';
import { type RelayOptions, startRelay } from './relay/relay.js';
import type { RelayedBy } from './outbox/relayed-by.js';
import { startConsumer } from './consumer/start-consumer.js';

/** Settings of {@link startParticipant}. */
export interface ParticipantOptions {
  consumer: ConsumerOptions;
  /** Settings of the relay. When Debezium relays, only `database` and `cleanUp` are used. */
  relay: RelayOptions;
  relayedBy: RelayedBy | undefined;
}

/**
 * Starts a service of a saga: its consumer and the relay of its outbox, both or neither. When Debezium relays, only the
 * clean-up of the relay runs.
 *
 * @throws As `startConsumer` and `startRelay`.
 */
export async function startParticipant(options: ParticipantOptions): Promise<Consumer> {
  const relay = options.relayedBy === 'debezium' ? startCleaning(options.relay) : startRelay(options.relay);
  try {
    const consumer = await startConsumer(options.consumer);
    return stoppable(async () => void (await Promise.all([consumer.stop(), relay.stop()])));
  } catch (error) {
    await relay.stop();
    throw error;
  }
}

function startCleaning({ database, cleanUp = {} }: RelayOptions): { stop(): Promise<void> } {
  return cleanUp === false ? { stop: async () => {} } : keepCleaning(database, cleanUp);
}
