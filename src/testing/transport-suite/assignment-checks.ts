import { setTimeout as sleep } from 'node:timers/promises';

import type { PartitionAssignment, PartitionBatch } from '../../messaging/transport.js';
import { expectEqual } from '../strategy-suite/check.js';
import { sampleMessages } from './sample-messages.js';
import { type Listener, type TransportCheck, waitUntil } from './transport-scene.js';

const PARTITIONS = [0, 1];

/** What the batches of a partition have in common. */
export const assignmentChecks: readonly TransportCheck[] = [
  {
    name: 'gives all batches of a partition one assignment until it is lost, and another one afterwards',
    run: async (scene) => {
      const [transport, topic, group] = [await scene.open(), await scene.createTopic(2), scene.newName()];
      const publish = (): Promise<void> => transport.publish(sampleMessages(topic, 20, 20));
      const staying = await scene.listen({ transport, group, topic });
      for (let round = 1; round <= 3; round += 1) {
        await publish();
        await waitUntil(`batch ${round} of each partition`, () => countBatches(staying) >= round);
      }
      const before = PARTITIONS.map((partition) => theAssignment(staying.batches, partition));
      const joining = await scene.listen({ transport: await scene.open(), group, topic });
      await waitUntil('one is lost', () => before.some(({ signal }) => signal.aborted));
      await joining.stop();
      await waitUntil('an assignment of each partition that is not lost', async () => {
        await publish();
        await sleep(100);
        return PARTITIONS.every((partition) => lastAssignment(staying.batches, partition)?.signal.aborted === false);
      });
      for (const { partition, signal } of before) {
        const isSame = lastAssignment(staying.batches, partition) === before[partition];
        expectEqual(`partition ${partition} has the same assignment as before`, isSame, !signal.aborted);
      }
      return `${before.filter(({ signal }) => signal.aborted).length} of 2 partitions lost, and got back`;
    },
  },
];

/** The number of batches of that partition which has fewer. */
function countBatches({ batches }: Listener): number {
  return Math.min(...PARTITIONS.map((partition) => batchesOf(batches, partition).length));
}

function batchesOf(batches: readonly PartitionBatch[], partition: number): PartitionBatch[] {
  return batches.filter(({ messages }) => messages[0]!.partition === partition);
}

function lastAssignment(batches: readonly PartitionBatch[], partition: number): PartitionAssignment | undefined {
  return batchesOf(batches, partition).at(-1)?.assignment;
}

/** @throws Error when the batches carry several, or one of another place, or one that is lost. */
function theAssignment(batches: readonly PartitionBatch[], partition: number): PartitionAssignment {
  const mine = batchesOf(batches, partition);
  expectEqual(`assignments of partition ${partition}`, new Set(mine.map(({ assignment }) => assignment)).size, 1);
  const { assignment } = mine[0]!;
  const places = new Set(mine.flatMap(({ messages }) => messages.map((each) => `${each.topic} ${each.partition}`)));
  expectEqual('places of the messages', [...places], [`${assignment.topic} ${assignment.partition}`]);
  expectEqual(`partition ${partition} is lost`, assignment.signal.aborted, false);
  return assignment;
}
