import { describe, expect, it } from 'vitest';

import { composeMail } from './compose-mail.js';
import type { ReservationNotice } from './notice.js';

const confirmed: ReservationNotice = {
  type: 'ReservationConfirmed',
  messageId: 'm-1',
  occurredAt: new Date('2026-03-04T05:06:07.891Z'),
  reservationId: 7,
  restaurantId: 3,
  memberId: 11,
  partySize: 4,
  slotId: 99,
  reason: 'paid',
};
const cancelled = (reason: string): ReservationNotice => ({ ...confirmed, type: 'ReservationCancelled', reason });

describe('the mail about a reservation', () => {
  it('says that it is confirmed, with what it is about', () => {
    expect(composeMail(confirmed)).toEqual({
      subject: 'Your reservation 7 is confirmed',
      text: [
        'Your reservation 7 is confirmed.',
        '',
        'Reservation: 7',
        'Restaurant:  3',
        'Slot:        99',
        'Guests:      4',
        'As of:       2026-03-04 05:06:07 UTC',
        '',
      ].join('\n'),
    });
  });

  it.each([
    ['cancelled-by-member', 'It was cancelled by you.'],
    ['payment-failed', 'The payment failed; no money was taken.'],
    ['hold-expired', 'It was not paid in time.'],
  ])('says why it is cancelled: %s', (reason, words) => {
    const { subject, text } = composeMail(cancelled(reason));
    expect(subject).toBe('Your reservation 7 is cancelled');
    expect(text.split('\n')[1]).toContain(words);
  });

  it.each(['operator-note: <b>', '', 'toString'])('keeps a reason to itself that is not known: %j', (reason) => {
    const { text } = composeMail(cancelled(reason));
    expect(text.split('\n').slice(0, 3)).toEqual(['Your reservation 7 is cancelled.', '', 'Reservation: 7']);
  });
});
