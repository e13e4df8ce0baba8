import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';

import { Kafka, logLevel, type Admin, type SASLOptions } from 'kafkajs';
import { parseKafkaUrl } from 'tablepick/messaging';

/** Gives an administrator's client of the Kafka at `url` to `work`. */
export async function askKafka<T>(url: string, work: (admin: Admin) => Promise<T>): Promise<T> {
  const admin = clientOf(url).admin();
  await admin.connect();
  try {
    return await work(admin);
  } finally {
    await admin.disconnect();
  }
}

/** Makes the topic, if it is not there, and sends a message that every replica has acknowledged. */
export async function sendMessage(url: string, topic: string, value: string): Promise<void> {
  await askKafka(url, (admin) => createTopic(admin, topic));
  const producer = clientOf(url).producer({ idempotent: true, maxInFlightRequests: 1 });
  await producer.connect();
  try {
    await producer.send({ topic, messages: [{ value }], acks: -1 });
  } finally {
    await producer.disconnect();
  }
}

/** KafkaJS's own wait for leaders fails when the broker does not know its new topic yet. */
async function createTopic(admin: Admin, topic: string): Promise<void> {
  await admin.createTopics({ topics: [{ topic }], waitForLeaders: false });
  const isLed = async (): Promise<boolean> => {
    const { topics } = await admin.fetchTopicMetadata({ topics: [topic] });
    return topics.every(({ partitions }) => partitions.every(({ leader }) => leader >= 0));
  };
  for (const deadline = Date.now() + 30_000; !(await isLed().catch(() => false)); await sleep(50)) {
    if (Date.now() > deadline) throw new Error(`the broker does not know ${topic} yet`);
  }
}

/** Reads `count` messages from the topic's beginning as a new group; waits until there are so many. */
export async function readMessages(url: string, topic: string, count: number): Promise<string[]> {
  const consumer = clientOf(url).consumer({ groupId: `reader-${randomUUID()}`, maxWaitTimeInMs: 100 });
  const values: string[] = [];
  await consumer.connect();
  try {
    await consumer.subscribe({ topic, fromBeginning: true });
    await new Promise<void>((resolve, reject) => {
      // After an error that may pass, such as a coordinator that is still loading, it begins again by itself.
      consumer.on(consumer.events.CRASH, ({ payload }) => void (payload.restart || reject(payload.error)));
      const eachMessage = async ({ message }: { message: { value: Buffer | null } }) => {
        values.push(String(message.value));
        if (values.length === count) resolve();
      };
      consumer.run({ eachMessage }).catch(reject);
    });
    return values.sort();
  } finally {
    await consumer.disconnect();
  }
}

/** A client of KafkaJS's own. */
function clientOf(url: string): Kafka {
  const { brokers, sasl } = parseKafkaUrl(url);
  return new Kafka({
    brokers: [...brokers],
    ...(sasl && { sasl: sasl as SASLOptions }),
    logLevel: logLevel.NOTHING,
    retry: { initialRetryTime: 50, retries: 8 },
  });
}
