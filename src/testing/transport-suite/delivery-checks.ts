import { expectEqual } from '../strategy-suite/check.js';
import { messageOf, sampleMessages, sortedValuesOf, valuesByKey, valuesOf } from './sample-messages.js';
import { type TransportCheck, waitUntil } from './transport-scene.js';

/** Which messages arrive, in which order, and how. */
export const deliveryChecks: readonly TransportCheck[] = [
  {
    name: 'delivers everything that was published to every group',
    run: async (scene) => {
      const [transport, topic] = [await scene.open(), await scene.createTopic(3)];
      const messages = sampleMessages(topic, 50, 10);
      const groups = [scene.newName(), scene.newName()];
      const listeners = await Promise.all(groups.map((group) => scene.listen({ transport, group, topic })));
      await transport.publish(messages);
      for (const { received } of listeners) {
        await waitUntil('50 messages', () => received.length >= 50);
        expectEqual('messages', sortedValuesOf(received), sortedValuesOf(messages));
      }
      return '50 messages to two groups';
    },
  },
  {
    name: 'keeps the messages of a key in order, within a call and from call to call',
    run: async (scene) => {
      const [transport, topic] = [await scene.open(), await scene.createTopic(3)];
      const messages = sampleMessages(topic, 300, 7);
      const { received } = await scene.listen({ transport, group: scene.newName(), topic });
      for (let from = 0; from < 300; from += 30) await transport.publish(messages.slice(from, from + 30));
      await waitUntil('300 messages', () => received.length >= 300);
      expectEqual('by key', valuesByKey(received), valuesByKey(messages));
      return '7 keys in order over 10 calls';
    },
  },
  {
    name: 'spreads keys over the partitions, keeps a key in one, and numbers a partition upwards',
    run: async (scene) => {
      const [transport, topic] = [await scene.open(), await scene.createTopic(4)];
      const { received } = await scene.listen({ transport, group: scene.newName(), topic });
      for (let call = 0; call < 3; call += 1) await transport.publish(sampleMessages(topic, 100, 100));
      await waitUntil('300 messages', () => received.length >= 300);
      const places = new Set(received.map(({ key, partition }) => `${key} ${partition}`));
      const partitions = [...new Set(received.map(({ partition }) => partition))].sort();
      expectEqual('keys with their partitions', places.size, 100);
      expectEqual('partitions', partitions, [0, 1, 2, 3]);
      for (const partition of partitions) {
        const offsets = received.filter((each) => each.partition === partition).map(({ offset }) => offset);
        const isGrowing = offsets.every((offset, place) => place === 0 || offset > offsets[place - 1]!);
        expectEqual(`offsets of partition ${partition} grow`, isGrowing, true);
      }
      return '100 keys on 4 partitions';
    },
  },
  {
    name: 'carries headers, any text, empty texts and 900 KB as they are',
    run: async (scene) => {
      const [transport, topic] = [await scene.open(), await scene.createTopic(1)];
      const headers = { id: '7', 'x-note': 'Füße, 予約, 🍜', empty: '' };
      const messages = [
        { topic, key: 'schlüssel-鍵', value: '{"a":"Füße, 予約, 🍜 \\u0000 \\" \\\\"}', headers },
        { topic, key: 'k', value: '', headers: {} },
        { topic, key: 'k', value: 'null', headers: { empty: '' } },
        { topic, key: 'k', value: ' \r\n\t ', headers: {} },
        { topic, key: 'k', value: '予'.repeat(300_000), headers },
      ];
      const { received } = await scene.listen({ transport, group: scene.newName(), topic });
      await transport.publish(messages);
      await waitUntil('five messages', () => received.length >= messages.length);
      const found = received.map(({ key, value, headers: texts }) => ({ topic, key, value, headers: { ...texts } }));
      messages.forEach((message, place) => expectEqual(`message ${place}`, summary(found[place]!), summary(message)));
      return 'five as they were';
    },
  },
  {
    name: 'begins with the first message for a group that is new',
    run: async (scene) => {
      const [transport, topic] = [await scene.open(), await scene.createTopic(1)];
      await transport.publish(sampleMessages(topic, 5));
      await transport.publish([messageOf(topic, 'k0', 'last')]);
      const { received } = await scene.listen({ transport: await scene.open(), group: scene.newName(), topic });
      await waitUntil('six messages', () => received.length >= 6);
      expectEqual('messages', valuesOf(received), ['0', '1', '2', '3', '4', 'last']);
      return 'six published before';
    },
  },
  {
    name: 'delivers to a subscription of several topics what each of them gets',
    run: async (scene) => {
      const transport = await scene.open();
      const topics = [await scene.createTopic(2), await scene.createTopic(1)];
      const seen: string[] = [];
      await transport.subscribe({
        group: scene.newName(),
        topics,
        onBatch: async ({ assignment: { topic }, messages }) =>
          void seen.push(...messages.map(({ value }) => `${topic} ${value}`)),
      });
      await transport.publish(topics.flatMap((topic) => sampleMessages(topic, 10, 5)));
      await waitUntil('20 messages', () => seen.length >= 20);
      const expected = topics.flatMap((topic) =>
        valuesOf(sampleMessages(topic, 10)).map((value) => `${topic} ${value}`),
      );
      expectEqual('messages', seen.sort(), expected.sort());
      return '20 messages of two topics in one call';
    },
  },
  {
    name: 'loses nothing when two handles publish at once, and keeps the order of each',
    run: async (scene) => {
      const topic = await scene.createTopic(3);
      const { received } = await scene.listen({ transport: await scene.open(), group: scene.newName(), topic });
      const publish = async (name: string): Promise<void> => {
        const transport = await scene.open();
        for (let call = 0; call < 15; call += 1) {
          const values = Array.from({ length: 10 }, (_, place) => String(call * 10 + place));
          await transport.publish(values.map((value) => messageOf(topic, `${name}${Number(value) % 3}`, value)));
        }
      };
      await Promise.all(['a', 'b'].map(publish));
      await waitUntil('300 messages', () => received.length >= 300);
      const numbers = Array.from({ length: 150 }, (_, number) => number);
      for (const [key, values] of Object.entries(valuesByKey(received))) {
        const due = numbers.filter((number) => number % 3 === Number(key.at(-1)));
        expectEqual(`messages of ${key}`, values.map(Number), due);
      }
      return '300 messages of 6 keys';
    },
  },
];

/** Shortens a text that is too long to be printed. */
function summary<T extends { value: string }>(message: T): T & { length: number } {
  const { value } = message;
  const isLong = value.length > 1000;
  const same = isLong && value === value[0]!.repeat(value.length);
  return { ...message, value: isLong ? `${same ? value[0] : 'mixed'}…` : value, length: value.length };
}
