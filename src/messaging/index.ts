export { cleanUp, keepCleaning, type CleanUpOptions, type CleanUpResult } from './clean-up.js';
export { retryTopicOf, type Consumer, type ConsumerEvent, type ConsumerOptions } from './consumer.js';
export { blockingRetry, retryWaitMs, type HandlerContext, type MessageHandler, type RetryPolicy } from './handler.js';
export {
  MOST_VALUE_BYTES,
  createMessage,
  decodeMessage,
  encodeMessage,
  type Message,
  type MessageDraft,
  type WireMessage,
} from './message.js';
export { appendToOutbox, outboxStatements, type OutboxStatement } from './outbox.js';
export { startRelay, type Relay, type RelayEvent, type RelayOptions } from './relay.js';
export { startConsumer } from './start-consumer.js';
export type {
  PartitionBatch,
  PartitionLag,
  Received,
  SubscribeOptions,
  Subscription,
  TopicSpec,
  Transport,
} from './transport.js';
export { createDatabaseTransport, type DatabaseTransportOptions } from './transports/database.js';
export { createMemoryHub, createMemoryTransport, type MemoryHub } from './transports/memory.js';
