import { TablepickError } from '../../../errors.js';
import type { DisposableTransport, SubscribeOptions, Subscription } from '../../transport.js';
import { createKafkaTopics, readKafkaLag } from './kafka-admin.js';
import { checkBrokers } from './check-brokers.js';
import { checkKafkaLogin } from './kafka-access.js';
import type { KafkaTransportOptions } from './kafka-client.js';
import { KafkaPublisher } from './kafka-publisher.js';
import { subscribeToKafka } from './kafka-subscription.js';

export type { KafkaAccess, KafkaLogin, KafkaTls } from './kafka-access.js';
export type { KafkaTransportOptions } from './kafka-client.js';

/**
 * Kafka as a transport: the brokers keep the messages, share out the partitions of a group and remember its commits.
 * Connections are opened when they are first needed.
 *
 * When messages together are longer than a broker takes in one request, they are published in several requests. A topic
 * whose `max.message.bytes` is below Kafka's default may refuse one request with `MESSAGE_TOO_LARGE`, while others are
 * stored.
 *
 * @throws `BAD_OPTION` when no brokers are named, or one is no `host:port`, or the login is none that a broker could
 * take.
 * @example
 * const transport = createKafkaTransport({ brokers: ['kafka-1:9092', 'kafka-2:9092'] });
 * await transport.createTopics([{ topic: 'seats', partitions: 6 }]);
 */
export function createKafkaTransport(options: KafkaTransportOptions): DisposableTransport {
  checkBrokers(options.brokers);
  if (options.sasl !== undefined) checkKafkaLogin(options.sasl);
  const publisher = new KafkaPublisher(options);
  const subscriptions = new Set<Promise<Subscription>>();
  let isClosed = false;
  const close = async (): Promise<void> => {
    isClosed = true;
    const opened = await Promise.allSettled(subscriptions);
    const ended = opened.map((each) => (each.status === 'fulfilled' ? each.value.stop() : undefined));
    await Promise.all([publisher.close(), ...ended]);
  };
  return {
    name: 'kafka',
    createTopics: (topics) => createKafkaTopics(options, topics),
    publish: (messages) => publisher.publish(messages),
    subscribe: async (wanted: SubscribeOptions) => {
      if (isClosed) throw new TablepickError('TRANSPORT_UNAVAILABLE', 'the transport is closed');
      const subscribing = subscribeToKafka(options, wanted);
      subscriptions.add(subscribing);
      return subscribing;
    },
    lag: (group, topics) => readKafkaLag(options, group, topics),
    close,
    [Symbol.asyncDispose]: close,
  };
}
