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
 * Five tries within 15 seconds, each through the group's own topic, so that other messages do not wait for a refused
 * mail.
 */
export const notificationRetry: RetryPolicy = { kind: 'retry-topic', attempts: 5, baseMs: 1000, capMs: 16_000 };

/** Settings of {@link startNotifications}. */
export interface NotificationsOptions extends NotificationHandlerOptions {
  transport: Transport;
  /** Default {@link notificationRetry}. */
  retry?: RetryPolicy | undefined;
  consumer?:
    | Partial<
        Pick<
          ConsumerOptions,
          'concurrency' | 'mostPerBatch' | 'prepareConcurrency' | 'maxInFlight' | 'watchdogMs' | 'onEvent'
        >
      >
    | undefined;
}

/** The topics that the notifications need beside those of the saga, each with `partitions` partitions. */
export function notificationTopics(partitions = 6): TopicSpec[] {
  return [{ topic: retryTopicOf(notificationGroup), partitions }];
}

/**
 * Sends mails to guests when their reservation is confirmed or cancelled. Mails are sent at least once: when the
 * process crashes after a mail was sent and before that was noted, the mail is sent again with the same Message-ID.
 * When the mail server refuses a mail for good, or has not taken it after the last try, its message is a dead letter.
 * The topics must exist. Mails of one reservation may go out in another order than the events happened, and each mail
 * says its time.
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
