import type { Consumer, ConsumerOptions } from './consumer.js';
import { type RelayOptions, startRelay } from './relay.js';
import { startConsumer } from './start-consumer.js';

/** Settings of {@link startParticipant}. */
export interface ParticipantOptions {
  consumer: ConsumerOptions;
  relay: RelayOptions;
}

/**
 * A service that takes part in a saga: its consumer and the relay of its outbox, both or neither.
 *
 * @throws As `startConsumer` and `startRelay`.
 */
export async function startParticipant(options: ParticipantOptions): Promise<Consumer> {
  const relay = startRelay(options.relay);
  try {
    const consumer = await startConsumer(options.consumer);
    return { stop: async () => void (await Promise.all([consumer.stop(), relay.stop()])) };
  } catch (error) {
    await relay.stop();
    throw error;
  }
}
