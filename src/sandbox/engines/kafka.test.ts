import { expect, test } from 'vitest';

import { kafkaEngine } from './kafka.js';

test('a Kafka tells its version; one of another way to be a cluster of one node, and another program, is no server', () => {
  expect(kafkaEngine.versionIn('4.3.0\n')).toBe('4.3.0');
  expect(kafkaEngine.versionIn('[main] WARN something\n4.0.1 (Commit:abc)\n')).toBe('4.0.1');
  expect(kafkaEngine.versionIn('3.9.1\n')).toBeUndefined();
  expect(kafkaEngine.versionIn('Error: Could not find or load main class kafka.Kafka')).toBeUndefined();
});

test('a log tells that the port was lost, as Kafka says it', () => {
  const line =
    'org.apache.kafka.common.KafkaException: Socket server failed to bind to 127.0.0.1:9092: Address already in use.';
  expect(kafkaEngine.lostPort(line)).toBe(true);
  expect(kafkaEngine.lostPort('Failed to acquire lock on file .lock in data')).toBe(false);
});
