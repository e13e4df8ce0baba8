import { closeAfter } from '../../closing.js';
import type { Database } from '../../database/index.js';
import { TablepickError } from '../../errors.js';
import {
  type KafkaAccess,
  type Transport,
  type TransportKind,
  openTransport,
  parseKafkaUrl,
  withTopicPrefix,
} from '../../messaging/index.js';
import { defaultTransportKind, transportEntry } from '../../messaging/transports/transport-kinds.js';
import type { CommandContext } from '../command.js';
import { readKafkaAccess } from '../secrets/kafka-access.js';
import { namedSecurity } from '../secrets/named-security.js';
import { sandboxSettings } from './sandbox-settings.js';
import type { TransportOptions } from '../options/transport-options.js';

/** The transport of a command, and the database that carries messages when it is the transport. */
export interface WantedTransport extends TransportOptions {
  database: Database;
}

/**
 * Runs `work` with the named transport. When Kafka is asked for and no brokers are named, the sandbox's Kafka is used.
 *
 * @throws `BAD_OPTION` for brokers that are no list of host:port; what the sandbox or `work` throws.
 */
export async function withTransport<T>(
  context: CommandContext,
  { database, topicPrefix = '', ...options }: WantedTransport,
  work: (transport: Transport) => Promise<T>,
): Promise<T> {
  return withKafka(context, options, async (kafka) => {
    const carrier = await openTransport({ kind: transportOf(options), database, ...kafka });
    return useTransport(withTopicPrefix(carrier, checkPrefix(topicPrefix)), work);
  });
}

/** The transport that these options mean. */
export function transportOf({ transport, brokers }: TransportOptions): TransportKind {
  return transport ?? defaultTransportKind(brokers ?? process.env.TABLEPICK_KAFKA_BROKERS);
}

/**
 * Runs `work` with the named Kafka. When the transport needs one and none is named, it is the sandbox's. Undefined: the
 * transport needs none.
 *
 * @throws `BAD_OPTION` for brokers, login or TLS that cannot be used, and for login or TLS where no brokers are named;
 * what the sandbox or `work` throws.
 */
export async function withKafka<T>(
  context: CommandContext,
  options: TransportOptions,
  work: (kafka: KafkaAccess | undefined) => Promise<T>,
): Promise<T> {
  const brokers = options.brokers ?? process.env.TABLEPICK_KAFKA_BROKERS;
  const isNeeded = transportEntry(transportOf(options)).needs === 'brokers';
  if (isNeeded && brokers !== undefined) {
    return work(await readKafkaAccess(context, { ...options, brokers }));
  }
  refuseSecurity(options, isNeeded);
  return isNeeded ? withSandboxKafka(context, work) : work(undefined);
}

/** The access to the sandbox is known, and the database's transport has none. */
function refuseSecurity(options: TransportOptions, isNeeded: boolean): void {
  const flag = namedSecurity(options);
  if (flag === undefined) return;
  const why = isNeeded ? 'the sandbox would serve' : `the ${transportOf(options)} would carry the messages`;
  throw new TablepickError('BAD_OPTION', `${flag} needs the brokers of a Kafka: none is used, ${why}`, {
    hint: 'name them in --brokers or TABLEPICK_KAFKA_BROKERS, without --transport database',
  });
}

async function withSandboxKafka<T>(context: CommandContext, work: (kafka: KafkaAccess) => Promise<T>): Promise<T> {
  const { acquireSandbox } = await import('../../sandbox/index.js');
  const sandbox = await acquireSandbox(sandboxSettings(context, { engine: 'kafka' }));
  const forget = context.stop.onAbort(() => sandbox.releaseNow());
  context.output.note(
    `no brokers named: the sandbox serves, kafka ${sandbox.version} (${sandbox.source}, ${sandbox.path})`,
  );
  return closeAfter(
    () => sandbox.release().finally(forget),
    () => work(parseKafkaUrl(sandbox.url)),
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
