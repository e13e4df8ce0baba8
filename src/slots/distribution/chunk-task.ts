import { TablepickError } from '../../errors.js';
import { createMessage, encodeMessage } from '../../messaging/index.js';
import type { Message, TopicSpec, Transport, WireMessage } from '../../messaging/index.js';
import type { InsertStrategyName } from '../generation.js';
import { insertStrategies } from '../inserts/index.js';

/** Default topic of chunks. */
export const defaultChunkTopic = 'slot-chunks';
/** The message type of chunks. */
export const chunkMessageType = 'SlotChunk';

/** This number of subscriptions can share the work of one topic. */
const chunkPartitions = 32;

/** A chunk of a run for a worker. The task gives no right to write: the run's row decides. */
export interface ChunkTask {
  /** The run's identity. A worker refuses chunks of another server, table or range. */
  identity: string;
  runId: number;
  epoch: number;
  chunk: number;
  start: number;
  end: number;
  strategy: InsertStrategyName;
  batchRows: number;
}

/** The consumer group for the chunks of a topic. */
export function chunkGroupOf(topic: string): string {
  return topic === defaultChunkTopic ? 'slot-workers' : `${topic}.workers`;
}

/** Creates the topic when it does not exist. */
export async function createChunkTopic(transport: Transport, topic: string): Promise<void> {
  const spec: TopicSpec = { topic, partitions: chunkPartitions };
  await transport.createTopics([spec]);
}

/** Encodes a task as a message. The key spreads the chunks of a run over the partitions. */
export function encodeTask(task: ChunkTask, topic: string): WireMessage {
  const key = `${task.runId}:${task.chunk}`;
  return encodeMessage(createMessage({ type: chunkMessageType, key, aggregate: topic, data: task }));
}

const numbers = ['runId', 'epoch', 'chunk', 'start', 'end', 'batchRows'] as const;

/**
 * Reads the task from a message.
 *
 * @throws `BAD_MESSAGE` when the message holds no task.
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
