import { TablepickError } from '../../errors.js';
import type { KafkaAccess } from '../../messaging/index.js';

/** A transport of messages. */
export type Carrier = 'database' | 'kafka';

/**
 * The transports that an experiment measures: the one in its options, else both.
 *
 * @throws `BAD_OPTION` when Kafka is among them and no brokers are named.
 */
export function checkCarriers({
  transport,
  kafka,
}: {
  transport?: Carrier | undefined;
  kafka?: KafkaAccess | undefined;
}): readonly Carrier[] {
  const carriers: Carrier[] = transport === undefined ? ['database', 'kafka'] : [transport];
  if (!carriers.includes('kafka') || (kafka !== undefined && kafka.brokers.length > 0)) return carriers;
  throw new TablepickError('BAD_OPTION', 'Kafka is measured, and no brokers are named', {
    hint: "give brokers, or measure the transport 'database' alone; the command has the sandbox start a Kafka",
  });
}
