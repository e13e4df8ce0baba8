import type { KafkaOptions } from '../options/transport-options.js';

/** Options about Kafka's login and TLS. */
export type SecurityOptions = Omit<KafkaOptions, 'brokers'>;

/** The flag of each option, in the order in which a wrong one is named. */
const FLAGS: Readonly<Record<keyof SecurityOptions, string>> = {
  kafkaSasl: '--kafka-sasl',
  kafkaUser: '--kafka-user',
  kafkaPasswordFile: '--kafka-password-file',
  kafkaTls: '--kafka-tls',
  kafkaCa: '--kafka-ca',
  kafkaCert: '--kafka-cert',
  kafkaKey: '--kafka-key',
};

/** The flag of the first option about login or TLS that is given; undefined when none is. */
export function namedSecurity(options: KafkaOptions): string | undefined {
  const given = Object.keys(FLAGS) as (keyof SecurityOptions)[];
  const first = given.find((name) => options[name] !== undefined);
  return first && FLAGS[first];
}
