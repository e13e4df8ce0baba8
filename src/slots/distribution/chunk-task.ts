import { TablepickError } from '../../errors.js';
import { createMessage, encodeMessage } from '../../messaging/index.js';
import type { Message, TopicSpec, Transport, WireMessage } from '../../messaging/index.js';
import type { InsertStrategyName } from '../generation.js';
import { insertStrategies } from '../inserts/index.js';

/** The topic of chunks when nothing else is said. */
export const defaultChunkTopic = 'slot-chunks';
/** The type of its messages. */
export const chunkMessageType = 'SlotChunk';

/** As many subscriptions can share the work of one topic. */
const chunkPartitions = 32;

/** A chunk of a run that a worker is to do: nothing in it gives a right to, the run's row decides. */
export interface ChunkTask {
  /** Where the run belongs: chunks of another server, table or range are nobody's here. */
  identity: string;
  runId: number;
  epoch: number;
  chunk: number;
  start: number;
  end: number;
  strategy: InsertStrategyName;
  batchRows: number;
}

/** The group that shares the chunks of a topic. */
export function chunkGroupOf(topic: string): string {
  return topic === defaultChunkTopic ? 'slot-workers' : `${topic}.workers`;
}

/** Makes sure that the topic is there. */
export async function createChunkTopic(transport: Transport, topic: string): Promise<void> {
  const spec: TopicSpec = { topic, partitions: chunkPartitions };
  await transport.createTopics([spec]);
}

/** The task as a message; its key spreads the chunks of a run over the partitions. */
export function encodeTask(task: ChunkTask, topic: string): WireMessage {
  const key = `${task.runId}:${task.chunk}`;
  return encodeMessage(createMessage({ type: chunkMessageType, key, aggregate: topic, data: task }));
}

const numbers = ['runId', 'epoch', 'chunk', 'start', 'end', 'batchRows'] as const;

/**
 * The task in a message.
 *
 * @throws `BAD_MESSAGE` when it is none.
 */
export function readTask({ key, data }: Message): ChunkTask {
  const task = (data ?? {}) as Record<string, unknown>;
  const wrong = numbers.find((name) => !Number.isSafeInteger(task[name]));
  const isKnown = typeof task['strategy'] === 'string' && Object.hasOwn(insertStrategies, task['strategy']);
  if (wrong === undefined && isKnown && typeof task['identity'] === 'string') return task as unknown as ChunkTask;
  throw new TablepickError(
    'BAD_MESSAGE',
    `${key} is no chunk of a run: its ${wrong ?? 'strategy or identity'} is none`,
    {
      hint: 'see what wrote it; run the same version everywhere',
    },
  );
}
