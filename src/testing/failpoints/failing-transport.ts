import type { DisposableTransport, Transport } from '../../messaging/index.js';
import { type Forwarding, forwardingTo, offerForwarding } from '../../messaging/forwarding.js';
import { oncePerAssignment } from '../../messaging/once-per-assignment.js';
import type { Failpoints } from './failpoint-plan.js';
import { handlingBatch } from './handled-batch.js';

/** A transport that passes failpoints around publishing or forwarding, delivering and committing. */
export function failingTransport(transport: Transport, { pass }: Pick<Failpoints, 'pass'>): DisposableTransport {
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
  const wrapped: DisposableTransport = {
    name: transport.name,
    createTopics: (topics) => transport.createTopics(topics),
    publish: async (messages) => {
      await pass('relay:before-publish');
      await transport.publish(messages);
      await pass('relay:after-publish');
    },
    subscribe: async (options) => {
      const subscription = await transport.subscribe({
        ...options,
        onBatch: async ({ assignment, messages }) => {
          await pass('consumer:before-batch');
          await handlingBatch(() => options.onBatch({ assignment: failing(assignment), messages }));
          await pass('consumer:after-batch');
        },
      });
      const stop = (): Promise<void> => subscription.stop();
      return { stop, holds: () => subscription.holds(), [Symbol.asyncDispose]: stop };
    },
    lag: (group, topics) => transport.lag(group, topics),
    close: () => transport.close(),
    [Symbol.asyncDispose]: () => transport.close(),
  };
  const open = forwardingTo(transport);
  if (open !== undefined) offerForwarding(wrapped, async (wish) => failingForwarding(await open(wish), pass));
  return wrapped;
}

function failingForwarding(forwarding: Forwarding | undefined, pass: Failpoints['pass']): Forwarding | undefined {
  if (forwarding === undefined) return undefined;
  return {
    forward: async (tx, rows) => {
      await pass('relay:before-publish');
      const refused = await forwarding.forward(tx, rows);
      await pass('relay:after-publish');
      return refused;
    },
  };
}
