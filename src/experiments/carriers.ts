import { TablepickError } from '../errors.js';

/** What carries messages. */
export type Carrier = 'database' | 'kafka';

/**
 * The transports that an experiment measures: the one that is asked for, else both.
 *
 * @throws `BAD_OPTION` when Kafka is among them and no brokers are named.
 */
export function checkCarriers({
  transport,
  brokers,
}: {
  transport?: Carrier | undefined;
  brokers?: readonly string[] | undefined;
}): readonly Carrier[] {
  const carriers: Carrier[] = transport === undefined ? ['database', 'kafka'] : [transport];
  if (!carriers.includes('kafka') || (brokers !== undefined && brokers.length > 0)) return carriers;
  throw new TablepickError('BAD_OPTION', 'Kafka is measured, and no brokers are named', {
    hint: "give brokers, or measure the transport 'database' alone; the command has the sandbox start a Kafka",
  });
}
