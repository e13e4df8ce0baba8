import type { DisposableTransport, PartitionBatch, Transport } from '../transport.js';
import { forwardingTo, offerForwarding } from '../forwarding.js';
import { oncePerAssignment } from '../once-per-assignment.js';

/**
 * The same transport with `prefix` before the names of all topics and groups. Several systems can then share brokers or
 * tables without receiving each other's messages. Callers see the names without the prefix.
 */
export function withTopicPrefix(transport: Transport, prefix: string): DisposableTransport {
  const add = (name: string): string => `${prefix}${name}`;
  const remove = (name: string): string => name.slice(prefix.length);
  const assignmentOf = oncePerAssignment((inner) => ({
    topic: remove(inner.topic),
    partition: inner.partition,
    signal: inner.signal,
    commit: (offset) => inner.commit(offset),
  }));
  const unprefixed = ({ assignment, messages }: PartitionBatch): PartitionBatch => ({
    assignment: assignmentOf(assignment),
    messages: messages.map((message) => ({ ...message, topic: remove(message.topic) })),
  });
  const prefixed: DisposableTransport = {
    name: transport.name,
    createTopics: (topics) => transport.createTopics(topics.map((spec) => ({ ...spec, topic: add(spec.topic) }))),
    publish: (messages) => transport.publish(messages.map((message) => ({ ...message, topic: add(message.topic) }))),
    subscribe: async (options) => {
      const subscription = await transport.subscribe({
        ...options,
        group: add(options.group),
        topics: options.topics.map(add),
        onBatch: (batch) => options.onBatch(unprefixed(batch)),
      });
      const holds = () => subscription.holds().map(({ topic, partition }) => ({ topic: remove(topic), partition }));
      return { holds, stop: () => subscription.stop(), [Symbol.asyncDispose]: () => subscription.stop() };
    },
    lag: async (group, topics) => {
      const lags = await transport.lag(add(group), topics.map(add));
      return lags.map((lag) => ({ ...lag, topic: remove(lag.topic) }));
    },
    close: () => transport.close(),
    [Symbol.asyncDispose]: () => transport.close(),
  };
  const open = forwardingTo(transport);
  if (open !== undefined) offerForwarding(prefixed, (wish) => open({ ...wish, topicPrefix: add(wish.topicPrefix) }));
  return prefixed;
}
