import type { Transport } from '../../messaging/index.js';

/** The same transport with topics and groups of its own: services keep their names for them, and meet nobody else's messages. */
export function prefixedTransport(transport: Transport, prefix: string): Transport {
  const there = (name: string): string => `${prefix}.${name}`;
  const here = (name: string): string => name.slice(prefix.length + 1);
  return {
    name: transport.name,
    createTopics: (topics) => transport.createTopics(topics.map((spec) => ({ ...spec, topic: there(spec.topic) }))),
    publish: (messages) =>
      transport.publish(messages.map(({ topic, ...message }) => ({ ...message, topic: there(topic) }))),
    subscribe: ({ group, topics, onBatch, ...wanted }) =>
      transport.subscribe({
        ...wanted,
        ...{ group: there(group), topics: topics.map(there) },
        onBatch: ({ topic, messages, ...batch }) =>
          onBatch({
            ...batch,
            topic: here(topic),
            messages: messages.map((each) => ({ ...each, topic: here(topic) })),
          }),
      }),
    lag: async (group, topics) => {
      const lags = await transport.lag(there(group), topics.map(there));
      return lags.map((lag) => ({ ...lag, topic: here(lag.topic) }));
    },
    close: () => transport.close(),
  };
}
