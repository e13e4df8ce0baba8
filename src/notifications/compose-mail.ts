import type { ReservationNotice } from './notice.js';

/** Subject and text of a mail. */
export interface MailText {
  subject: string;
  text: string;
}

/** Texts by reason. A reason that is unknown here is not shown to a guest. */
const REASONS: ReadonlyMap<string, string> = new Map([
  ['cancelled-by-member', 'It was cancelled by you. If you have paid for it, the money is given back.'],
  ['payment-failed', 'The payment failed; no money was taken.'],
  ['hold-expired', 'It was not paid in time. If a payment of yours still arrives, the money is given back.'],
]);

/** The mail about a reservation; the same notice makes the same mail. */
export function composeMail(notice: ReservationNotice): MailText {
  const isConfirmed = notice.type === 'ReservationConfirmed';
  const what = `Your reservation ${notice.reservationId} is ${isConfirmed ? 'confirmed' : 'cancelled'}`;
  const lines = [`${what}.`, ...(isConfirmed ? [] : reasonLines(notice)), '', ...factLines(notice)];
  return { subject: what, text: `${lines.join('\n')}\n` };
}

function reasonLines({ reason }: ReservationNotice): string[] {
  const words = REASONS.get(reason);
  return words === undefined ? [] : [words];
}

function factLines({ reservationId, restaurantId, slotId, partySize, occurredAt }: ReservationNotice): string[] {
  return [
    `Reservation: ${reservationId}`,
    `Restaurant:  ${restaurantId}`,
    `Slot:        ${slotId}`,
    `Guests:      ${partySize}`,
    // Mails may arrive in another order than the events happened.
    `As of:       ${occurredAt.toISOString().slice(0, 19).replace('T', ' ')} UTC`,
  ];
}
