import type { MessageDraft } from '../../messaging/index.js';
import { sagaEvent } from '../../payments/index.js';

/** Two messages of one key are this many messages apart. */
export const KEYS = 5000;
const ID_PREFIX = '00000000-0000-4000-8000-';

/** The message of a measurement at `index`, from 0: a `ReservationCreated` for the measurement's own topic. */
export function benchMessage(topic: string, index: number): MessageDraft & { id: string } {
  const reservationId = 1 + (index % KEYS);
  const about = { reservationId, restaurantId: 1 + (index % 300), memberId: 1 + index, partySize: 2 };
  const money = { amount: 10_000, currency: 'KRW' };
  const draft = sagaEvent('ReservationCreated', { ...about, slotIds: [1_000_000 + index], ...money });
  return { ...draft, aggregate: topic, id: `${ID_PREFIX}${String(index).padStart(12, '0')}` };
}

/** The index of a message by its id; NaN when it is not a message of a measurement. */
export function indexOf(id: string | undefined): number {
  return id?.startsWith(ID_PREFIX) ? Number(id.slice(ID_PREFIX.length)) : Number.NaN;
}
