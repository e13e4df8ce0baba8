import type { Database } from '../database/index.js';
import { TablepickError } from '../errors.js';
import {
  type Transport,
  createDatabaseTransport,
  createKafkaTransport,
  withTopicPrefix,
  checkBrokers,
} from '../messaging/index.js';
import type { CommandContext } from './command.js';
import { sandboxSettings } from './sandbox-settings.js';
import type { TransportOptions } from './transport-options.js';
import { closeAfter } from './with-connection.js';

/** Which transport a command uses, and which database carries messages if it is that one. */
export interface WantedTransport extends TransportOptions {
  database: Database;
}

/**
 * Runs `work` with the transport that is named; the sandbox's Kafka serves where Kafka is asked for and no brokers are named.
 *
 * @throws `BAD_OPTION` for brokers that are no list of host:port; what the sandbox or `work` throws.
 */
export async function withTransport<T>(
  context: CommandContext,
  { database, transport, brokers, topicPrefix = '' }: WantedTransport,
  work: (transport: Transport) => Promise<T>,
): Promise<T> {
  return withBrokers(context, { transport, brokers }, (found) => {
    const carrier =
      found === undefined ? createDatabaseTransport({ database }) : createKafkaTransport({ brokers: found });
    return useTransport(withTopicPrefix(carrier, checkPrefix(topicPrefix)), work);
  });
}

/** Runs `work` with the brokers of the transport that is named, those of the sandbox where Kafka is asked for; undefined: the database carries messages. */
export async function withBrokers<T>(
  context: CommandContext,
  { transport, brokers = process.env.TABLEPICK_KAFKA_BROKERS || undefined }: TransportOptions,
  work: (brokers: string[] | undefined) => Promise<T>,
): Promise<T> {
  const name = transport ?? (brokers === undefined ? 'database' : 'kafka');
  if (name === 'database') return work(undefined);
  return brokers === undefined ? withSandboxKafka(context, work) : work(parseBrokers(brokers));
}

async function withSandboxKafka<T>(context: CommandContext, work: (brokers: string[]) => Promise<T>): Promise<T> {
  const { acquireSandbox } = await import('../sandbox/index.js');
  const sandbox = await acquireSandbox(sandboxSettings(context, { engine: 'kafka' }));
  const forget = context.stop.onAbort(() => sandbox.releaseNow());
  context.output.note(
    `no brokers named: the sandbox serves, kafka ${sandbox.version} (${sandbox.source}, ${sandbox.path})`,
  );
  return closeAfter(
    () => sandbox.release().finally(forget),
    () => work(parseBrokers(sandbox.url)),
  );
}

function useTransport<T>(transport: Transport, work: (transport: Transport) => Promise<T>): Promise<T> {
  return closeAfter(
    () => transport.close(),
    () => work(transport),
  );
}

function checkPrefix(prefix: string): string {
  if (/^[A-Za-z0-9._-]{0,32}$/.test(prefix)) return prefix;
  throw new TablepickError('BAD_OPTION', `--topic-prefix is '${prefix}'`, {
    hint: 'up to 32 letters, digits, ., _ and -, for example --topic-prefix seoul.',
  });
}

/**
 * Reads `--brokers`: `host:port,host:port`.
 *
 * @throws `BAD_OPTION` when it is none.
 */
export function parseBrokers(text: string): string[] {
  const brokers = text.split(',').map((part) => part.trim());
  checkBrokers(brokers);
  return brokers;
}
