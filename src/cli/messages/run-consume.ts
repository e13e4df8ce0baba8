import { randomBytes } from 'node:crypto';

import { type PartitionBatch, type Received, type Transport, decodeMessage } from '../../messaging/index.js';
import { transportEntry } from '../../messaging/transports/transport-kinds.js';
import type { CommandContext, OptionsOfCommand } from '../command.js';
import { exitCodes } from '../exit-codes.js';
import { untilAborted } from '../stop-signals.js';
import { withDatabase } from '../connections/with-database.js';
import { transportOf, withTransport } from '../connections/with-transport.js';
import type { consumeCommand } from './consume-command.js';

type Options = OptionsOfCommand<typeof consumeCommand>;

/** `tablepick consume`: one JSON object a line, until the limit, silence or Ctrl-C. */
export async function runConsume(context: CommandContext, options: Options, topic: string): Promise<number> {
  // As a transport, the database must store how far the group has read.
  const mustWrite = transportEntry(transportOf(options)).needs === 'database';
  return withDatabase(context, { ...options, mustWrite }, ({ database }) =>
    withTransport(context, { ...options, database }, async (transport) => {
      await printMessages(context, { transport, topic, options });
      return context.stop.exitCode() ?? exitCodes.done;
    }),
  );
}

interface Printing {
  transport: Transport;
  topic: string;
  options: Options;
}

/** When no group is named, it uses a new one. It begins with the first message that is kept, and commits nothing. */
async function printMessages({ output, stop }: CommandContext, { transport, topic, options }: Printing): Promise<void> {
  const { group = `consume-${randomBytes(6).toString('hex')}`, limit = Infinity, untilIdle } = options;
  const end = new AbortController();
  const signal = AbortSignal.any([stop.signal, end.signal]);
  let left = limit;
  let lastAtMs = performance.now();
  const print = (received: Received): void => {
    if (!isWanted(received, options)) return;
    const described = describe(received);
    output.result(described, () => JSON.stringify(described));
    left -= 1;
    if (left === 0) end.abort();
  };
  const onError = (error: unknown): void => output.complain(String(error));
  const onBatch = async ({ messages, assignment }: PartitionBatch): Promise<void> => {
    lastAtMs = performance.now();
    let next: bigint | undefined;
    for (const received of messages) {
      if (left === 0) break;
      print(received);
      next = received.offset + 1n;
    }
    // When a printed message cannot be committed, the group's next consumer prints it again.
    if (options.group !== undefined && next !== undefined) await assignment.commit(next).catch(onError);
  };
  const subscription = await transport.subscribe({ group, topics: [topic], onBatch, onError });
  // Joining a group takes time, and no message can come meanwhile.
  lastAtMs = performance.now();
  const idle = setInterval(() => {
    if (untilIdle !== undefined && performance.now() - lastAtMs > untilIdle) end.abort();
  }, 50);
  await untilAborted(signal);
  clearInterval(idle);
  await subscription.stop();
}

function isWanted({ headers, key }: Received, { type, key: wanted }: Options): boolean {
  return (type === undefined || headers.type === type) && (wanted === undefined || key === wanted);
}

/** A message that cannot be read is shown as it came. */
function describe(received: Received): object {
  const { topic, partition, offset, key, value, headers } = received;
  const place = { topic, partition, offset: String(offset) };
  try {
    return { ...place, ...decodeMessage(received) };
  } catch (error) {
    return { ...place, key, headers, value, unreadable: String(error) };
  }
}
