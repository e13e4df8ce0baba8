import { setTimeout as sleep } from 'node:timers/promises';

import type { PartitionBatch, Received, SubscribeOptions, Transport, WireMessage } from '../../messaging/index.js';
import { LATE } from './simulate-job.js';
import { type PendingFaults, dieOf, tellOccurred } from './pending-faults.js';

/** A transport in which the pending faults occur to their messages. All other messages pass. */
export function faultyTransport(transport: Transport, pendingFaults: PendingFaults): Transport {
  return {
    ...transport,
    publish: (messages) => publish(transport, pendingFaults, messages),
    subscribe: (options) =>
      transport.subscribe({ ...options, onBatch: (batch) => deliver(pendingFaults, options, batch) }),
  };
}

async function publish(
  transport: Transport,
  pendingFaults: PendingFaults,
  messages: readonly WireMessage[],
): Promise<void> {
  const copies: WireMessage[] = [];
  for (const message of messages) {
    const doomed = pendingFaults.take('relay-killed-before-send', aboutOf(message));
    if (doomed !== undefined) await dieOf(doomed);
    const doubled = pendingFaults.take('duplicate', aboutOf(message));
    if (doubled === undefined) continue;
    await tellOccurred(doubled);
    copies.push(message);
  }
  await transport.publish([...messages, ...copies]);
  for (const message of messages) {
    const doomed = pendingFaults.take('relay-killed-after-send', aboutOf(message));
    if (doomed !== undefined) await dieOf(doomed);
  }
}

/** When a message is late, the messages behind it in its partition are late, too. */
async function deliver(
  pendingFaults: PendingFaults,
  { onBatch }: SubscribeOptions,
  batch: PartitionBatch,
): Promise<void> {
  let from = 0;
  for (const [place, message] of batch.messages.entries()) {
    const doomed = pendingFaults.find('consumer-killed-before-effect', aboutOf(message));
    const late = pendingFaults.take('late', aboutOf(message));
    if (doomed === undefined && late === undefined) continue;
    if (place > from) await onBatch({ ...batch, messages: batch.messages.slice(from, place) });
    from = place;
    if (doomed !== undefined) await dieOf(doomed);
    await tellOccurred(late!);
    await sleep(LATE.delayMs);
  }
  await onBatch({ ...batch, messages: batch.messages.slice(from) });
}

function aboutOf({ key, headers }: WireMessage | Received): { type: string; key: string } {
  return { type: headers.type ?? '', key };
}
