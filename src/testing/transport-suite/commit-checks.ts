import { setTimeout as sleep } from 'node:timers/promises';

import type { PartitionBatch, Transport } from '../../messaging/transport.js';
import { expectEqual } from '../strategy-suite/check.js';
import { messageOf, sampleMessages, valuesOf } from './sample-messages.js';
import { type TransportCheck, commitAll, untilTaken, waitUntil } from './transport-scene.js';

/** Which messages are delivered again, and when a batch ends. */
export const commitChecks: readonly TransportCheck[] = [
  {
    name: 'delivers again what was not committed when a subscription stopped, and nothing that was',
    run: async (scene) => {
      const [transport, topic, group] = [await scene.open(), await scene.createTopic(1), scene.newName()];
      await transport.publish(sampleMessages(topic, 10));
      const onBatch = async (batch: PartitionBatch): Promise<void> => {
        const fifth = batch.messages.find(({ value }) => value === '5');
        if (fifth !== undefined) await batch.assignment.commit(fifth.offset);
      };
      const first = await scene.listen({ transport, group, topic, onBatch });
      await waitUntil('ten messages', () => first.received.length >= 10);
      await first.stop();
      const second = await scene.listen({ transport: await scene.open(), group, topic });
      await waitUntil('the other five', () => second.received.length >= 5);
      expectEqual('delivered again', valuesOf(second.received), ['5', '6', '7', '8', '9']);
      return 'five of ten';
    },
  },
  {
    name: 'changes nothing by a commit that comes when the subscription has stopped',
    run: async (scene) => {
      const [transport, topic, group] = [await scene.open(), await scene.createTopic(1), scene.newName()];
      await transport.publish(sampleMessages(topic, 4));
      const { batches, stop } = await scene.listen({ transport, group, topic, onBatch: async () => {} });
      await waitUntil('a batch', () => batches.length > 0);
      await stop();
      await batches[0]!.assignment.commit(4n);
      expectEqual('lag', await lagOf(transport, group, topic), [4]);
      return 'four messages behind';
    },
  },
  {
    name: 'counts down how far a group is behind, to 0',
    run: async (scene) => {
      const [transport, topic, group] = [await scene.open(), await scene.createTopic(3), scene.newName()];
      await transport.publish(sampleMessages(topic, 30, 30));
      expectEqual('before', sum(await lagOf(transport, group, topic)), 30);
      expectEqual('partitions', (await transport.lag(group, [topic])).length, 3);
      const held: PartitionBatch[] = [];
      const onBatch = async (batch: PartitionBatch): Promise<void> => {
        held.push(batch);
        await batch.assignment.commit(batch.messages[0]!.offset + 1n);
      };
      await scene.listen({ transport, group, topic, onBatch });
      await waitUntil('30 messages', () => sum(held.map(({ messages }) => messages.length)) >= 30);
      await waitUntil('some are behind', async () => sum(await lagOf(transport, group, topic)) < 30);
      for (const batch of held) await commitAll(batch);
      await waitUntil('none is behind', async () => sum(await lagOf(transport, group, topic)) === 0);
      return 'from 30 to 0';
    },
  },
  {
    name: 'delivers the next messages of a partition when the last ones are done, and those of others meanwhile',
    run: async (scene) => {
      const [transport, topic] = [await scene.open(), await scene.createTopic(2)];
      const [held, other] = await keysOfTwoPartitions(transport, topic);
      const release = new AbortController();
      const onBatch = async ({ messages }: PartitionBatch): Promise<void> => {
        if (messages.some(({ value }) => value === 'hold')) await untilTaken({ signal: release.signal });
      };
      const { received } = await scene.listen({ transport, group: scene.newName(), topic, onBatch });
      const got = (key: string): string[] =>
        valuesOf(received.filter((each) => each.key === key && each.value !== 'probe'));
      await transport.publish([messageOf(topic, held, 'hold')]);
      await waitUntil('the batch that is held', () => got(held).length === 1);
      for (let call = 0; call < 3; call += 1) {
        await transport.publish([messageOf(topic, held, `${call}`), messageOf(topic, other, `${call}`)]);
        await waitUntil(`message ${call} of the other partition`, () => got(other).length > call);
      }
      expectEqual('of the one held', got(held), ['hold']);
      release.abort();
      await waitUntil('the rest', () => got(held).length >= 4);
      expectEqual(
        'in order',
        [got(held), got(other)],
        [
          ['hold', '0', '1', '2'],
          ['0', '1', '2'],
        ],
      );
      return 'one partition held, the other not';
    },
  },
  {
    name: 'tells a batch when its subscription stops, and waits for it',
    run: async (scene) => {
      const [transport, topic] = [await scene.open(), await scene.createTopic(1)];
      let isDone = false;
      const onBatch = async ({ assignment }: PartitionBatch): Promise<void> => {
        const isTold = await untilTaken(assignment);
        await sleep(100);
        isDone = isTold;
      };
      const { batches, stop } = await scene.listen({ transport, group: scene.newName(), topic, onBatch });
      await transport.publish(sampleMessages(topic, 1));
      await waitUntil('a batch', () => batches.length > 0);
      expectEqual('told before', batches[0]!.assignment.signal.aborted, false);
      await stop();
      expectEqual('the batch was told and has ended', isDone, true);
      await stop();
      return 'told, and waited for';
    },
  },
  {
    name: 'delivers nothing more when the signal it was given fires',
    run: async (scene) => {
      const [transport, topic, stopping] = [await scene.open(), await scene.createTopic(1), new AbortController()];
      const group = scene.newName();
      const listener = await scene.listen({ transport, group, topic, signal: stopping.signal });
      await transport.publish([messageOf(topic, 'k', 'before')]);
      await waitUntil('the first', () => listener.received.length > 0);
      stopping.abort();
      await transport.publish([messageOf(topic, 'k', 'after')]);
      const next = await scene.listen({ transport, group, topic });
      await waitUntil('the second, elsewhere', () => next.received.length > 0);
      expectEqual('messages', [valuesOf(listener.received), valuesOf(next.received)], [['before'], ['after']]);
      return 'the next message went to the next subscription';
    },
  },
];

/** One key of each of two partitions, found by publishing. */
async function keysOfTwoPartitions(transport: Transport, topic: string): Promise<[string, string]> {
  const keys = new Map<number, string>();
  const probing = await transport.subscribe({
    group: `${topic}-probe`,
    topics: [topic],
    onBatch: async ({ assignment, messages }) => void keys.set(assignment.partition, messages[0]!.key),
  });
  await transport.publish(sampleMessages(topic, 20, 20).map((message) => ({ ...message, value: 'probe' })));
  await waitUntil('a key of each partition', () => keys.size === 2);
  await probing.stop();
  return [keys.get(0)!, keys.get(1)!];
}

/** The lag of each partition. */
async function lagOf(transport: Transport, group: string, topic: string): Promise<number[]> {
  return (await transport.lag(group, [topic])).map(({ lag }) => lag);
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, number) => total + number, 0);
}
