import type { PartitionBatch, Transport } from '../../messaging/transport.js';
import { expectEqual, expectError } from '../strategy-suite/check.js';
import { messageOf, sampleMessages } from './sample-messages.js';
import { type TransportCheck, untilTaken, waitUntil } from './transport-scene.js';

/** The calls that a handle refuses, and how a handle ends. */
export const handleChecks: readonly TransportCheck[] = [
  {
    name: 'refuses to publish to a topic that does not exist, and stores nothing of the call',
    run: async (scene) => {
      const [transport, topic] = [await scene.open(), await scene.createTopic(2)];
      const messages = [...sampleMessages(topic, 5, 5), messageOf(scene.newName(), 'k', 'lost')];
      await expectError('publish', transport.publish(messages), 'UNKNOWN_TOPIC');
      await expectStored(transport, { topic, count: 0, group: scene.newName() });
      await transport.publish(sampleMessages(topic, 5, 5));
      await expectStored(transport, { topic, count: 5, group: scene.newName() });
      return 'nothing stored, and the next call is taken';
    },
  },
  {
    name: 'refuses a message that is too large, and stores nothing of the call',
    run: async (scene) => {
      const [transport, topic] = [await scene.open(), await scene.createTopic(2)];
      const messages = [...sampleMessages(topic, 5, 5), messageOf(topic, 'k', 'x'.repeat(1_100_000))];
      await expectError('publish', transport.publish(messages), 'MESSAGE_TOO_LARGE');
      await expectStored(transport, { topic, count: 0, group: scene.newName() });
      await transport.publish(sampleMessages(topic, 5, 5));
      await expectStored(transport, { topic, count: 5, group: scene.newName() });
      return 'nothing stored, and the next call is taken';
    },
  },
  {
    name: 'takes a call whose messages together are larger than any of them may be',
    run: async (scene) => {
      const [transport, topic] = [await scene.open(), await scene.createTopic(2)];
      const messages = Array.from({ length: 6 }, (_, place) => messageOf(topic, 'k', `${place}`.repeat(700_000)));
      const { received } = await scene.listen({ transport, group: scene.newName(), topic });
      await transport.publish(messages);
      await waitUntil('six messages', () => received.length >= 6);
      const first = received.map(({ value }) => value[0]);
      expectEqual('in order', first, ['0', '1', '2', '3', '4', '5']);
      return '4 MB in one call';
    },
  },
  {
    name: 'refuses to subscribe to a topic that does not exist',
    run: async (scene) => {
      const transport = await scene.open();
      const wanted = { group: scene.newName(), topics: [scene.newName()], onBatch: async () => {} };
      await expectError('subscribe', transport.subscribe(wanted), 'UNKNOWN_TOPIC');
      return 'refused';
    },
  },
  {
    name: 'creates a topic once, whoever asks, and leaves it as it is',
    run: async (scene) => {
      const handles = [await scene.open(), await scene.open()];
      const topic = scene.newName();
      await Promise.all(handles.map((handle) => handle.createTopics([{ topic, partitions: 3 }])));
      await handles[0]!.createTopics([
        { topic, partitions: 5 },
        { topic: scene.newName(), partitions: 1 },
      ]);
      await handles[0]!.createTopics([]);
      expectEqual('partitions', (await handles[1]!.lag(scene.newName(), [topic])).length, 3);
      return 'three partitions';
    },
  },
  {
    name: 'publishes nothing when it is given nothing',
    run: async (scene) => {
      const [transport, topic] = [await scene.open(), await scene.createTopic(1)];
      await transport.publish([]);
      await expectStored(transport, { topic, count: 0, group: scene.newName() });
      return 'nothing';
    },
  },
  {
    name: 'ends its subscriptions and publishes no more when it is closed',
    run: async (scene) => {
      const [transport, topic] = [await scene.open(), await scene.createTopic(1)];
      let isDone = false;
      const onBatch = async ({ assignment }: PartitionBatch): Promise<void> => {
        isDone = await untilTaken(assignment);
      };
      const { batches } = await scene.listen({ transport, group: scene.newName(), topic, onBatch });
      await transport.publish(sampleMessages(topic, 1));
      await waitUntil('a batch', () => batches.length > 0);
      await transport.close();
      expectEqual('the batch was told and has ended', isDone, true);
      const late = transport.publish(sampleMessages(topic, 1)).then(
        () => 'taken',
        () => 'refused',
      );
      expectEqual('publish', await late, 'refused');
      await transport.close();
      return 'ended and refused';
    },
  },
];

async function expectStored(
  transport: Transport,
  { topic, count, group }: { topic: string; count: number; group: string },
): Promise<void> {
  const lags = await transport.lag(group, [topic]);
  const stored = lags.reduce((total, { lag }) => total + lag, 0);
  expectEqual('messages stored', stored, count);
}
