import { randomBytes } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';

import { sleepUnlessAborted } from '../../abort/sleep-unless-aborted.js';
import { closeAfter } from '../../closing.js';
import type {
  PartitionAssignment,
  PartitionBatch,
  Received,
  Subscription,
  Transport,
} from '../../messaging/transport.js';

/** One requirement for a transport. */
export interface TransportCheck {
  /** The requirement, as a sentence about the transport. */
  name: string;
  /**
   * Resolves with a text about the result, for people.
   *
   * @throws Error that says what does not hold.
   */
  run(scene: TransportScene): Promise<string>;
}

/** The things that a check works with: topics and groups of its own, and handles that are closed afterwards. */
export interface TransportScene {
  /** How long a subscription that does not answer keeps its partitions. */
  sessionMs: number;
  /** Opens another handle on the medium, as another process would. */
  open(): Promise<Transport>;
  /** Creates a topic and resolves with its name. */
  createTopic(partitions: number): Promise<string>;
  /** A name that no other group or topic has. */
  newName(): string;
  /** Subscribes and collects the messages. */
  listen(options: ListenOptions): Promise<Listener>;
}

/** Settings of {@link TransportScene.listen}. */
export interface ListenOptions {
  transport: Transport;
  group: string;
  topic: string;
  /** Default: commits everything. */
  onBatch?: (batch: PartitionBatch) => Promise<void>;
  signal?: AbortSignal;
}

/** A subscription and its messages, in the order in which they came. */
export interface Listener extends Subscription {
  received: readonly Received[];
  batches: readonly PartitionBatch[];
}

/** Settings of {@link withTransportScene}. */
export type SceneSettings = Pick<TransportScene, 'open' | 'sessionMs'> & { prefix: string };

/** Long enough for a busy machine. Usually, things come true within a second or so. */
const PATIENCE_MS = 30_000;

/** Runs `work` in a {@link TransportScene}. However it ends, closes everything that it opened. */
export async function withTransportScene<T>(
  { open, sessionMs, prefix }: SceneSettings,
  work: (scene: TransportScene) => Promise<T>,
): Promise<T> {
  const opened: Transport[] = [];
  const scene: TransportScene = {
    sessionMs,
    newName: () => `${prefix}${randomBytes(6).toString('hex')}`,
    open: async () => {
      const transport = await open();
      opened.push(transport);
      return transport;
    },
    createTopic: async (partitions) => {
      const topic = scene.newName();
      await opened[0]!.createTopics([{ topic, partitions }]);
      return topic;
    },
    listen,
  };
  return closeAfter(
    async () => void (await Promise.all(opened.map((transport) => transport.close()))),
    async () => {
      await scene.open();
      return work(scene);
    },
  );
}

async function listen({ transport, group, topic, onBatch = commitAll, signal }: ListenOptions): Promise<Listener> {
  const received: Received[] = [];
  const batches: PartitionBatch[] = [];
  const subscription = await transport.subscribe({
    group,
    topics: [topic],
    signal,
    onBatch: async (batch) => {
      batches.push(batch);
      received.push(...batch.messages);
      await onBatch(batch);
    },
  });
  return { received, batches, stop: () => subscription.stop(), holds: () => subscription.holds() };
}

/** Commits a whole batch. */
export async function commitAll({ assignment, messages }: PartitionBatch): Promise<void> {
  await assignment.commit(messages.at(-1)!.offset + 1n);
}

/**
 * Resolves with true when the partition was taken away or its subscription stops; with false when neither is told.
 */
export async function untilTaken({ signal }: Pick<PartitionAssignment, 'signal'>): Promise<boolean> {
  await sleepUnlessAborted(PATIENCE_MS, signal);
  return signal.aborted;
}

/** @throws Error that names `what` when it does not become true. */
export async function waitUntil(what: string, isTrue: () => boolean | Promise<boolean>): Promise<void> {
  const deadline = Date.now() + PATIENCE_MS;
  while (!(await isTrue())) {
    if (Date.now() > deadline) throw new Error(`waited in vain for: ${what}`);
    await sleep(10);
  }
}
