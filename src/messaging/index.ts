export { cleanUp, keepCleaning, type CleanUpOptions, type CleanUpResult } from './clean-up.js';
export { retryTopicOf, type Consumer, type ConsumerEvent, type ConsumerOptions } from './consumer.js';
export type { DeadLetterChoice } from './choose-letters.js';
export {
  countDeadLetters,
  listDeadLetters,
  readDeadLetter,
  type DeadLetter,
  type DeadLetterCount,
  type DeadLetterFilter,
  type DeadLetterInFull,
  type DeadLetterState,
} from './dead-letters.js';
export { blockingRetry, retryWaitMs, type HandlerContext, type MessageHandler, type RetryPolicy } from './handler.js';
export {
  MOST_VALUE_BYTES,
  createMessage,
  decodeMessage,
  encodeMessage,
  readTrace,
  type Message,
  type MessageDraft,
  type WireMessage,
} from './message.js';
export { appendToOutbox, outboxStatements, type OutboxStatement } from './outbox.js';
export { isOutboxPending, outboxStatus, type OutboxStatus } from './outbox-status.js';
export { parkDeadLetters, type ParkResult } from './park-dead-letters.js';
export { redriveDeadLetters, type RedriveOptions, type RedriveResult } from './redrive-dead-letters.js';
export type { RedriveOutcome, RedriveRefusal } from './redrive-letter.js';
export { startRelay, type Relay, type RelayEvent, type RelayOptions } from './relay.js';
export { startConsumer } from './start-consumer.js';
export { type ParticipantOptions, startParticipant } from './start-participant.js';
export type {
  PartitionBatch,
  PartitionLag,
  Received,
  SubscribeOptions,
  Subscription,
  TopicSpec,
  Transport,
} from './transport.js';
export { checkBrokers } from './transports/check-brokers.js';
export { createDatabaseTransport, type DatabaseTransportOptions } from './transports/database.js';
export {
  createKafkaTransport,
  type KafkaAccess,
  type KafkaLogin,
  type KafkaTls,
  type KafkaTransportOptions,
} from './transports/kafka.js';
export { parseKafkaUrl } from './transports/kafka-url.js';
export { withTopicPrefix } from './transports/with-topic-prefix.js';
export { createMemoryHub, createMemoryTransport, type MemoryHub } from './transports/memory.js';
export type { RelayedBy } from './relayed-by.js';
