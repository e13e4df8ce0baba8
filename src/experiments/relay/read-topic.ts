import { randomUUID } from 'node:crypto';

import { onAbort } from '../../abort/on-abort.js';
import type { Received, Transport } from '../../messaging/index.js';

/**
 * Reads all messages of a topic. The messages of a partition keep their order; the partitions come in any order. Nobody
 * may publish to the topic meanwhile.
 */
export async function readTopic(
  transport: Transport,
  topic: string,
  signal: AbortSignal | undefined,
): Promise<Received[]> {
  const group = `tablepick-judge-${randomUUID()}`;
  const lags = await transport.lag(group, [topic]);
  const all = lags.reduce((sum, { lag }) => sum + lag, 0);
  const received: Received[] = [];
  if (all === 0) return received;
  let hasAll = (): void => {};
  const complete = new Promise<void>((resolve) => (hasAll = resolve));
  const subscription = await transport.subscribe({
    group,
    topics: [topic],
    onBatch: async ({ messages }) => {
      for (const message of messages) received.push(message);
      if (received.length >= all) hasAll();
    },
  });
  const forget = onAbort(signal, hasAll);
  await complete;
  forget();
  await subscription.stop();
  return received;
}
