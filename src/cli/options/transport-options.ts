import { Option } from 'commander';

import type { KafkaLogin, RelayedBy } from '../../messaging/index.js';
import { urlPasswordFileOption } from '../secrets/resolve-secrets.js';

/** Options that say which Kafka is meant, and how to get in. */
export interface KafkaOptions {
  brokers?: string | undefined;
  kafkaSasl?: KafkaLogin['mechanism'] | undefined;
  kafkaUser?: string | undefined;
  kafkaPasswordFile?: string | undefined;
  kafkaTls?: true | undefined;
  kafkaCa?: string | undefined;
  kafkaCert?: string | undefined;
  kafkaKey?: string | undefined;
}

/** Options that say how services talk to each other. */
export interface TransportOptions extends KafkaOptions {
  transport?: 'database' | 'kafka' | undefined;
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
      'host:port,host:port of Kafka, or kafka://user:password@host:port (default: $TABLEPICK_KAFKA_BROKERS; with --transport kafka and none, the sandbox)',
    ),
    ...kafkaSecurityOptions(),
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
      'host:port,host:port of Kafka, or kafka://user:password@host:port (default: $TABLEPICK_KAFKA_BROKERS, else the sandbox)',
    ),
    ...kafkaSecurityOptions(),
  ];
}

function kafkaSecurityOptions(): Option[] {
  return [
    new Option('--kafka-sasl <mechanism>', 'log in at the brokers').choices([
      'plain',
      'scram-sha-256',
      'scram-sha-512',
    ] satisfies KafkaLogin['mechanism'][]),
    new Option('--kafka-user <name>', 'as whom, with --kafka-sasl'),
    new Option(
      '--kafka-password-file <file>',
      'read its password from the first line of a file (default: $TABLEPICK_KAFKA_PASSWORD)',
    ),
    new Option('--kafka-tls', "speak TLS to the brokers; without --kafka-ca the system's authorities are trusted"),
    new Option('--kafka-ca <file>', 'PEM file of the authority that signed their certificates; turns TLS on'),
    new Option('--kafka-cert <file>', 'PEM file of a certificate of your own, with --kafka-key; turns TLS on'),
    new Option('--kafka-key <file>', 'PEM file of its key, without a passphrase'),
  ];
}

/** Options of {@link PaymentDatabaseOptions}; `withPaymentDatabase` reads them. */
export function paymentDatabaseOptions(): Option[] {
  return [
    new Option(
      '--payment-url <url>',
      'database of the payment service (default: $TABLEPICK_PAYMENT_URL, else the same server and name with _payment behind it)',
    ),
    urlPasswordFileOption('paymentUrl'),
  ];
}

/** The default first; the messaging folder is not loaded for a help page. */
const relayers: readonly RelayedBy[] = ['tablepick', 'debezium'];

/** Who sends what is in the outboxes. */
export function relayOption(): Option {
  return new Option('--relay <who>', 'who sends what is in the outboxes').choices(relayers).default(relayers[0]);
}
