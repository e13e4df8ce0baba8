import { TablepickError } from '../../errors.js';
import { type KafkaAccess, type TransportKind, transportKinds } from '../../messaging/index.js';
import { transportEntry } from '../../messaging/transports/transport-kinds.js';

/**
 * The transports that an experiment measures: the one in its options, else all.
 *
 * @throws `BAD_OPTION` when Kafka is among them and no brokers are named.
 */
export function checkCarriers({
  transport,
  kafka,
}: {
  transport?: TransportKind | undefined;
  kafka?: KafkaAccess | undefined;
}): readonly TransportKind[] {
  const carriers = transport === undefined ? transportKinds : [transport];
  if (!carriers.some(needsBrokers) || (kafka !== undefined && kafka.brokers.length > 0)) return carriers;
  throw new TablepickError('BAD_OPTION', 'Kafka is measured, and no brokers are named', {
    hint: "give brokers, or measure the transport 'database' alone; the command has the sandbox start a Kafka",
  });
}

/** True when the transport works with the brokers of a Kafka. */
export function needsBrokers(carrier: TransportKind): boolean {
  return transportEntry(carrier).needs === 'brokers';
}
