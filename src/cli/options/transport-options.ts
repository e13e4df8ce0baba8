import type { KafkaLogin } from '../../messaging/index.js';
import { transportKinds } from '../../messaging/transports/transport-kinds.js';
import { type OptionsOf, option } from './define-option.js';

/** Options about Kafka's login and TLS. */
const kafkaSecurityOptions = [
  option('--kafka-sasl <mechanism>', 'log in at the brokers', {
    choices: ['plain', 'scram-sha-256', 'scram-sha-512'] satisfies KafkaLogin['mechanism'][],
  }),
  option('--kafka-user <name>', 'as whom, with --kafka-sasl'),
  option(
    '--kafka-password-file <file>',
    'read its password from the first line of a file (default: $TABLEPICK_KAFKA_PASSWORD)',
  ),
  option('--kafka-tls', "speak TLS to the brokers; without --kafka-ca the system's authorities are trusted"),
  option('--kafka-ca <file>', 'PEM file of the authority that signed their certificates; turns TLS on'),
  option('--kafka-cert <file>', 'PEM file of a certificate of your own, with --kafka-key; turns TLS on'),
  option('--kafka-key <file>', 'PEM file of its key, without a passphrase'),
] as const;

/** The values of the options about Kafka's login and TLS. */
export type KafkaSecurityOptions = OptionsOf<typeof kafkaSecurityOptions>;

/** Options about how services exchange messages; `withTransport` reads them. */
export const transportOptions = [
  option('--transport <name>', 'what carries messages (default: kafka when brokers are named, else the database)', {
    choices: transportKinds,
  }),
  option(
    '--brokers <list>',
    'host:port,host:port of Kafka, or kafka://user:password@host:port (default: $TABLEPICK_KAFKA_BROKERS; with --transport kafka and none, the sandbox)',
  ),
  ...kafkaSecurityOptions,
  option('--topic-prefix <text>', 'before the names of all topics and groups, where several systems share brokers'),
] as const;

/** The values of {@link transportOptions}. */
export type TransportOptions = OptionsOf<typeof transportOptions>;

/** The same options for a benchmark that measures all transports unless one is named. */
export const benchTransportOptions = [
  option('--transport <name>', 'measure this one alone (default: all)', { choices: transportKinds }),
  option(
    '--brokers <list>',
    'host:port,host:port of Kafka, or kafka://user:password@host:port (default: $TABLEPICK_KAFKA_BROKERS, else the sandbox)',
  ),
  ...kafkaSecurityOptions,
] as const;
