import { TablepickError } from '../errors.js';
import type { Message } from '../messaging/index.js';
import type { ReservationEnded } from '../payments/index.js';
import { reservationOf } from '../payments/events.js';

/** A type of message about which a guest gets a mail. */
export type NoticeType = 'ReservationConfirmed' | 'ReservationCancelled';

/** All notice types. */
export const noticeTypes: readonly NoticeType[] = ['ReservationConfirmed', 'ReservationCancelled'];

/** The facts for a mail to a guest. */
export interface ReservationNotice extends ReservationEnded {
  type: NoticeType;
  /** Id of its message. */
  messageId: string;
  occurredAt: Date;
}

const COUNTS = ['restaurantId', 'memberId', 'partySize', 'slotId'] as const;

/**
 * Reads the notice from a message of one of the {@link noticeTypes}.
 *
 * @throws `BAD_MESSAGE` when a field is missing or is no number of 1 or more.
 */
export function readNotice(message: Message): ReservationNotice {
  const data = reservationOf(message);
  for (const name of COUNTS) checkCount(message, name, data[name]);
  const { reservationId, restaurantId, memberId, partySize, slotId, reason } = data as unknown as ReservationEnded;
  return {
    type: message.type as ReservationNotice['type'],
    messageId: message.id,
    occurredAt: message.occurredAt,
    reservationId,
    restaurantId,
    memberId,
    partySize,
    slotId,
    reason: String(reason ?? ''),
  };
}

function checkCount({ type, id }: Message, name: string, value: unknown): void {
  if (Number.isSafeInteger(value) && (value as number) >= 1) return;
  throw new TablepickError('BAD_MESSAGE', `${type} ${id} cannot be mailed: its ${name} is ${JSON.stringify(value)}`, {
    hint: 'see what sent it; after repairing it there, send it anew',
  });
}
