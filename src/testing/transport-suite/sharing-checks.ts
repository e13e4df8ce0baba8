import { setTimeout as sleep } from 'node:timers/promises';

import type { PartitionBatch } from '../../messaging/transport.js';
import { expectEqual } from '../strategy-suite/check.js';
import { sampleMessages, sortedValuesOf, valuesOf } from './sample-messages.js';
import { type Listener, type TransportCheck, commitAll, untilTaken, waitUntil } from './transport-scene.js';

/** How subscriptions of one group share the partitions. */
export const sharingChecks: readonly TransportCheck[] = [
  {
    name: 'shares the partitions among the subscriptions of a group, and gives each message to one of them',
    run: async (scene) => {
      const [topic, group] = [await scene.createTopic(4), scene.newName()];
      const transport = await scene.open();
      const listeners = [
        await scene.listen({ transport, group, topic }),
        await scene.listen({ transport: await scene.open(), group, topic }),
      ];
      const publish = (count: number): Promise<void> => transport.publish(sampleMessages(topic, count, 40));
      await waitUntil('both have partitions', async () => {
        const before = listeners.map(({ received }) => received.length);
        await publish(40);
        const all = before[0]! + before[1]! + 40;
        await waitUntil('a round', () => listeners[0]!.received.length + listeners[1]!.received.length >= all);
        return listeners.every(({ received }, place) => received.length > before[place]!);
      });
      const counts = listeners.map(({ received }) => received.length);
      await publish(200);
      const fresh = (): Listener['received'][] => listeners.map(({ received }, place) => received.slice(counts[place]));
      await waitUntil('200 messages', () => fresh().flat().length >= 200);
      expectEqual('messages', sortedValuesOf(fresh().flat()), sortedValuesOf(sampleMessages(topic, 200)));
      const [one, other] = fresh().map((part) => new Set(part.map(({ partition }) => partition)));
      expectEqual(
        'partitions of both',
        [...one!].filter((partition) => other!.has(partition)),
        [],
      );
      return `${one!.size} and ${other!.size} partitions`;
    },
  },
  {
    name: 'takes partitions from a subscription for one that joins, and tells their batches',
    run: async (scene) => {
      const [topic, group] = [await scene.createTopic(4), scene.newName()];
      const transport = await scene.open();
      await transport.publish(sampleMessages(topic, 40, 40));
      const first = await scene.listen({
        transport,
        group,
        topic,
        onBatch: async ({ assignment }) => void (await untilTaken(assignment)),
      });
      await waitUntil('all partitions', () => first.batches.length >= 4);
      const second = await scene.listen({ transport: await scene.open(), group, topic });
      await waitUntil('some for the second', () => second.received.length > 0);
      const assigned = first.batches.map(({ assignment }) => assignment);
      const taken = assigned.filter(({ signal }) => signal.aborted).map(({ partition }) => partition);
      const delivered = new Set(second.received.map(({ partition }) => partition));
      expectEqual(
        'delivered though not taken',
        [...delivered].filter((partition) => !taken.includes(partition)),
        [],
      );
      return `${delivered.size} of 4 partitions`;
    },
  },
  {
    name: 'gives the partitions of a subscription that stops to the others',
    run: async (scene) => {
      const [topic, group] = [await scene.createTopic(4), scene.newName()];
      const transport = await scene.open();
      const staying = await scene.listen({ transport, group, topic });
      const leaving = await scene.listen({ transport: await scene.open(), group, topic });
      await leaving.stop();
      const [before, gone] = [staying.received.length, leaving.received.length];
      await transport.publish(sampleMessages(topic, 40, 40));
      await waitUntil('40 messages', () => staying.received.length >= before + 40);
      expectEqual('messages of the one that left', leaving.received.length, gone);
      return 'all 4 partitions';
    },
  },
  {
    name: 'leaves a partition with a batch that takes longer than a session',
    run: async (scene) => {
      const [topic, group] = [await scene.createTopic(2), scene.newName()];
      const transport = await scene.open();
      let longest = 0;
      const onBatch = async (batch: PartitionBatch): Promise<void> => {
        if (!batch.messages.some(({ value }) => value === 'slow')) return commitAll(batch);
        const start = Date.now();
        await sleep(scene.sessionMs * 1.5);
        longest = Date.now() - start;
        if (!batch.assignment.signal.aborted) await commitAll(batch);
      };
      const listeners = [
        await scene.listen({ transport, group, topic, onBatch }),
        await scene.listen({ transport: await scene.open(), group, topic, onBatch }),
      ];
      // The group is at rest when both got something.
      const reached = (): boolean => listeners.every(({ received }) => received.length > 0);
      await waitUntil('both have a partition', async () => {
        await transport.publish(sampleMessages(topic, 20, 20));
        await sleep(100);
        return reached();
      });
      await transport.publish([{ topic, key: 'k0', value: 'slow', headers: {} }]);
      await waitUntil('the end of the slow one', () => longest > 0);
      await waitUntil('none is behind', async () =>
        (await transport.lag(group, [topic])).every(({ lag }) => lag === 0),
      );
      const slow = listeners.flatMap(({ received }) => valuesOf(received).filter((value) => value === 'slow'));
      expectEqual('deliveries', slow.length, 1);
      return `once, ${longest} ms of a session of ${scene.sessionMs} ms`;
    },
  },
];
