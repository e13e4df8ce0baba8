import { retryTopicOf } from './consumer.js';
import type { ConsumerSettings, Delivery } from './delivery.js';
import type { WireMessage } from '../envelope/message.js';
import type { Received } from '../transport.js';

/** Settings that decide whether a message is a retry of this group. */
export type RetrySettings = Pick<ConsumerSettings, 'retry' | 'group'>;

/** The same message for the group's own topic. Only this group reads its additional headers. */
export function laterMessage(
  { received, firstFailureAt }: Delivery,
  { topic, attempt, waitMs }: { topic: string; attempt: number; waitMs: number },
): WireMessage {
  const { key, value, headers } = received;
  const more = {
    aggregate: headers.aggregate ?? received.topic,
    failures: String(attempt),
    firstFailureAt: headers.firstFailureAt ?? firstFailureAt!.toISOString(),
    notBefore: String(Date.now() + waitMs),
  };
  return { topic, key, value, headers: { ...headers, ...more } };
}

/** The number of this try, from 1. Failures of earlier deliveries are counted in a header. */
export function attemptOf(settings: RetrySettings, { received, failures }: Delivery): number {
  const before = isRetried(settings, received) ? Number(received.headers.failures) : 0;
  return (Number.isInteger(before) && before > 0 && before <= settings.retry.attempts ? before : 0) + failures + 1;
}

/** The instant before which it is not tried, in milliseconds since 1970. 0 when it may be tried at once. */
export function notBefore(settings: RetrySettings, received: Received): number {
  const instant = isRetried(settings, received) ? Number(received.headers.notBefore) : 0;
  return Number.isFinite(instant) ? Math.min(instant, Date.now() + settings.retry.capMs) : 0;
}

/** Only messages that the group itself has published again carry its headers. */
function isRetried({ retry, group }: RetrySettings, { topic }: Received): boolean {
  return retry.kind === 'retry-topic' && topic === retryTopicOf(group);
}
