export { cleanUp, keepCleaning, type CleanUpOptions, type CleanUpResult } from './clean-up.js';
export { retryTopicOf, type Consumer, type ConsumerEvent, type ConsumerOptions } from './consumer/consumer.js';
export type { DeadLetterChoice } from './dead-letters/choose-letters.js';
export {
  countDeadLetters,
  listDeadLetters,
  readDeadLetter,
  type DeadLetterCount,
  type DeadLetterInFull,
} from './dead-letters/dead-letters.js';
export type { DeadLetterFilter } from './dead-letters/dead-letter-filter.js';
export type { DeadLetter, DeadLetterState } from './dead-letters/listed-letter.js';
export {
  blockingRetry,
  retryWaitMs,
  type HandlerContext,
  type MessageHandler,
  type RetryPolicy,
} from './consumer/handler.js';
export {
  MOST_VALUE_BYTES,
  createMessage,
  decodeMessage,
  encodeMessage,
  readTrace,
  type Message,
  type MessageDraft,
  type WireMessage,
} from './envelope/message.js';
export { appendToOutbox, outboxStatements, type OutboxStatement } from './outbox/outbox.js';
export { isOutboxPending, outboxStatus, type OutboxStatus } from './outbox/outbox-status.js';
export { parkDeadLetters, type ParkResult } from './dead-letters/park-dead-letters.js';
export { redriveDeadLetters, type RedriveOptions, type RedriveResult } from './dead-letters/redrive-dead-letters.js';
export type { RedriveOutcome, RedriveRefusal } from './dead-letters/redrive-letter.js';
export { startRelay, type Relay, type RelayOptions } from './relay/relay.js';
export type { RelayEvent } from './relay/relay-event.js';
export { startConsumer } from './consumer/start-consumer.js';
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
export { checkBrokers } from './transports/kafka/check-brokers.js';
export { createDatabaseTransport, type DatabaseTransportOptions } from './transports/database/database.js';
export {
  createKafkaTransport,
  type KafkaAccess,
  type KafkaLogin,
  type KafkaTls,
  type KafkaTransportOptions,
} from './transports/kafka/kafka.js';
export { parseKafkaUrl } from './transports/kafka/kafka-url.js';
export { withTopicPrefix } from './transports/with-topic-prefix.js';
export { createMemoryHub, createMemoryTransport, type MemoryHub } from './transports/memory.js';
export type { RelayedBy } from './outbox/relayed-by.js';
