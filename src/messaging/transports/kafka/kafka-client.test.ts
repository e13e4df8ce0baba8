import { expect, it } from 'vitest';

import { type KafkaTransportOptions, clientSettings } from './kafka-client.js';

it('hands KafkaJS copies, which it may write into', () => {
  const given: KafkaTransportOptions = {
    brokers: Object.freeze(['127.0.0.1:9092']),
    ssl: Object.freeze({ servername: 'broker' }),
    sasl: Object.freeze({ mechanism: 'plain', username: 'u', password: 'p' }),
  };
  const { brokers, ssl, sasl } = clientSettings(Object.freeze(given));
  expect({ brokers, ssl, sasl }).toEqual({ brokers: given.brokers, ssl: given.ssl, sasl: given.sasl });
  // KafkaJS does this when a broker asks for the login.
  for (const copy of [brokers, ssl, sasl]) Object.assign(copy as object, { authenticationProvider: () => {} });
  expect(given.sasl).not.toHaveProperty('authenticationProvider');
});
