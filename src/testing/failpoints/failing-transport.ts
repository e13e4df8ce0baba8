import type { PartitionBatch, Transport } from '../../messaging/index.js';
import type { Failpoints } from './failpoint-plan.js';
import { handlingBatch } from './handled-batch.js';

/** A transport that passes failpoints around publishing, delivering and committing. */
export function failingTransport(transport: Transport, { pass }: Pick<Failpoints, 'pass'>): Transport {
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
        onBatch: async (batch) => {
          await pass('consumer:before-batch');
          await handlingBatch(() => options.onBatch(failingBatch(batch, { pass })));
          await pass('consumer:after-batch');
        },
      }),
    lag: (group, topics) => transport.lag(group, topics),
    close: () => transport.close(),
  };
}

function failingBatch(batch: PartitionBatch, { pass }: Pick<Failpoints, 'pass'>): PartitionBatch {
  return {
    ...batch,
    commit: async (offset) => {
      await pass('consumer:before-offset-commit');
      await batch.commit(offset);
      await pass('consumer:after-offset-commit');
    },
  };
}
