export { cleanUp, keepCleaning, type CleanUpOptions, type CleanUpResult } from './clean-up.js';
export { retryTopicOf, type Consumer, type ConsumerEvent, type ConsumerOptions } from './consumer/consumer.js';
export {
  blockingRetry,
  retryWaitMs,
  type HandlerContext,
  type MessageHandler,
  type RetryPolicy,
} from './consumer/handler.js';
export type { AnyHandler, BatchContext, BatchHandler } from './consumer/batch-handler.js';
export type { MessageEnd } from './consumer/batch-ends.js';
export { runBatch } from './consumer/run-batch.js';
export { runHandler } from './consumer/run-handler.js';
export type { RunBatchOptions, RunHandlerOptions } from './consumer/run-options.js';
export { startConsumer } from './consumer/start-consumer.js';
export type { DeadLetterChoice } from './dead-letters/choose-letters.js';
export type { DeadLetterFilter } from './dead-letters/dead-letter-filter.js';
export {
  countDeadLetters,
  listDeadLetters,
  readDeadLetter,
  type DeadLetterCount,
  type DeadLetterInFull,
} from './dead-letters/dead-letters.js';
export type { DeadLetter, DeadLetterState } from './dead-letters/listed-letter.js';
export { parkDeadLetters, type ParkResult } from './dead-letters/park-dead-letters.js';
export { redriveDeadLetters, type RedriveOptions, type RedriveResult } from './dead-letters/redrive-dead-letters.js';
export type { RedriveOutcome, RedriveRefusal } from './dead-letters/redrive-letter.js';
export {
  MOST_VALUE_BYTES,
  createMessage,
  decodeMessage,
  encodeMessage,
  type Message,
  type MessageDraft,
  type WireMessage,
} from './envelope/message.js';
export { isOutboxPending, outboxStatus, type OutboxStatus } from './outbox/outbox-status.js';
export { appendToOutbox, outboxStatements, type OutboxStatement, type ZonelessValue } from './outbox/outbox.js';
export type { RelayedBy } from './outbox/relayed-by.js';
export type { RelayEvent } from './relay/relay-event.js';
export { startRelay, type Relay, type RelayOptions } from './relay/relay.js';
export type {
  DisposableTransport,
  PartitionAssignment,
  PartitionBatch,
  PartitionLag,
  Received,
  SubscribeOptions,
  Subscription,
  TopicSpec,
  Transport,
} from './transport.js';
export { createDatabaseTransport, type DatabaseTransportOptions } from './transports/database/database.js';
export type { KafkaAccess, KafkaLogin, KafkaTls } from './transports/kafka/kafka-access.js';
export type { KafkaTransportOptions } from './transports/kafka/kafka-client.js';
export { parseKafkaUrl } from './transports/kafka/kafka-url.js';
export { createKafkaTransport } from './transports/kafka/kafka.js';
export { createMemoryHub, createMemoryTransport, type MemoryHub } from './transports/memory.js';
export { openTransport, type OpenTransportOptions } from './transports/open-transport.js';
export { transportKinds, type TransportKind } from './transports/transport-kinds.js';
export { withTopicPrefix } from './transports/with-topic-prefix.js';
