import { TablepickError } from '../errors.js';
import {
  type Consumer,
  type ConsumerOptions,
  type RetryPolicy,
  type TopicSpec,
  type Transport,
  retryTopicOf,
  startConsumer,
} from '../messaging/index.js';
import { reservationTopic } from '../payments/index.js';
import { ignoredTypes } from '../payments/events.js';
import { readMailAddress } from './mail-address.js';
import { type NotificationHandlerOptions, notificationHandlers } from './notification-handlers.js';
import { noticeTypes } from './notice.js';

/** The consumer group of the notifications. */
export const notificationGroup = 'notifications';

/**
 * Five tries within 15 seconds, each through the group's own topic, so that nothing waits for a mail that is not taken.
 */
export const notificationRetry: RetryPolicy = { kind: 'retry-topic', attempts: 5, baseMs: 1000, capMs: 16_000 };

/** Settings of {@link startNotifications}. */
export interface NotificationsOptions extends NotificationHandlerOptions {
  transport: Transport;
  /** Default {@link notificationRetry}. */
  retry?: RetryPolicy | undefined;
  consumer?: Partial<Pick<ConsumerOptions, 'concurrency' | 'maxInFlight' | 'watchdogMs' | 'onEvent'>> | undefined;
}

/** The topics that the notifications need beside those of the saga, each with that many partitions. */
export function notificationTopics(partitions = 6): TopicSpec[] {
  return [{ topic: retryTopicOf(notificationGroup), partitions }];
}

/**
 * Mails guests that their reservation is confirmed or cancelled. At least once: a crash after a mail was handed over
 * and before that was noted sends it again, with the same Message-ID. What the mail server refuses for good, and what
 * it has not taken after the last try, is a dead letter. Topics must be there. Mails of one reservation may go out in
 * another order than things happened; each says as of when it is.
 *
 * @throws `BAD_OPTION` when `from` is no address; `UNKNOWN_TOPIC`; `TRANSPORT_UNAVAILABLE`, retriable.
 * @example
 * const from = 'Corner <no-reply@corner.example>';
 * const recipient = () => 'guest@example.test';
 * const mails = await startNotifications({ database, transport, mailer, from, recipient });
 */
export async function startNotifications(options: NotificationsOptions): Promise<Consumer> {
  const { database, transport, from, retry = notificationRetry } = options;
  checkSender(from);
  return startConsumer({
    database,
    transport,
    retry,
    group: notificationGroup,
    topics: [reservationTopic],
    handlers: notificationHandlers(options),
    ignored: ignoredTypes(noticeTypes),
    ...options.consumer,
  });
}

function checkSender(from: string): void {
  if (readMailAddress(from) !== undefined) return;
  throw new TablepickError('BAD_OPTION', `the sender ${JSON.stringify(from)} is no mail address`, {
    hint: 'write it as no-reply@example.test or Name <no-reply@example.test>',
  });
}
