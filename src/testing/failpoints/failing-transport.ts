import type { Transport } from '../../messaging/index.js';
import { oncePerAssignment } from '../../messaging/transports/once-per-assignment.js';
import type { Failpoints } from './failpoint-plan.js';
import { handlingBatch } from './handled-batch.js';

/** A transport that passes failpoints around publishing, delivering and committing. */
export function failingTransport(transport: Transport, { pass }: Pick<Failpoints, 'pass'>): Transport {
  const failing = oncePerAssignment((inner) => ({
    topic: inner.topic,
    partition: inner.partition,
    signal: inner.signal,
    commit: async (offset) => {
      await pass('consumer:before-offset-commit');
      await inner.commit(offset);
      await pass('consumer:after-offset-commit');
    },
  }));
  return {
    name: transport.name,
    createTopics: (topics) => transport.createTopics(topics),
    publish: async (messages) => {
      await pass('relay:before-publish');
      await transport.publish(messages);
      await pass('relay:after-publish');
    },
    subscribe: (options) =>
      transport.subscribe({
        ...options,
        onBatch: async ({ assignment, messages }) => {
          await pass('consumer:before-batch');
          await handlingBatch(() => options.onBatch({ assignment: failing(assignment), messages }));
          await pass('consumer:after-batch');
        },
      }),
    lag: (group, topics) => transport.lag(group, topics),
    close: () => transport.close(),
  };
}
