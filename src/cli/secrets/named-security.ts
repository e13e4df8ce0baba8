import type { KafkaSecurityOptions } from '../options/transport-options.js';

/** The flag of each option, in the order in which wrong options are reported. */
const FLAGS: Readonly<Record<keyof KafkaSecurityOptions, string>> = {
  kafkaSasl: '--kafka-sasl',
  kafkaUser: '--kafka-user',
  kafkaPasswordFile: '--kafka-password-file',
  kafkaTls: '--kafka-tls',
  kafkaCa: '--kafka-ca',
  kafkaCert: '--kafka-cert',
  kafkaKey: '--kafka-key',
};

/** The flag of the first given option about login or TLS; undefined when none is given. */
export function namedSecurity(options: KafkaSecurityOptions): string | undefined {
  const given = Object.keys(FLAGS) as (keyof KafkaSecurityOptions)[];
  const first = given.find((name) => options[name] !== undefined);
  return first && FLAGS[first];
}
