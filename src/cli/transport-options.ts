import { Option } from 'commander';

/** Options that say how services talk to each other. */
export interface TransportOptions {
  transport?: 'database' | 'kafka' | undefined;
  brokers?: string | undefined;
  topicPrefix?: string | undefined;
}

/** Options that say where the payment service keeps its tables. */
export interface PaymentDatabaseOptions {
  paymentUrl?: string;
}

/** Options of {@link TransportOptions}; `withTransport` reads them. */
export function transportOptions(): Option[] {
  return [
    new Option(
      '--transport <name>',
      'what carries messages (default: kafka when brokers are named, else the database)',
    ).choices(['database', 'kafka']),
    new Option(
      '--brokers <list>',
      'host:port,host:port of Kafka (default: $TABLEPICK_KAFKA_BROKERS; with --transport kafka and none, the sandbox)',
    ),
    new Option(
      '--topic-prefix <text>',
      'before the names of all topics and groups, where several systems share brokers',
    ),
  ];
}

/** The same options where all transports are measured unless one is named. */
export function benchTransportOptions(): Option[] {
  return [
    new Option('--transport <name>', 'measure this one alone (default: both)').choices(['database', 'kafka']),
    new Option(
      '--brokers <list>',
      'host:port,host:port of Kafka (default: $TABLEPICK_KAFKA_BROKERS, else the sandbox)',
    ),
  ];
}

/** Options of {@link PaymentDatabaseOptions}; `withPaymentDatabase` reads them. */
export function paymentDatabaseOptions(): Option[] {
  return [
    new Option(
      '--payment-url <url>',
      'database of the payment service (default: $TABLEPICK_PAYMENT_URL, else the same server and name with _payment behind it)',
    ),
  ];
}
