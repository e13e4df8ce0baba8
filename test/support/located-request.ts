import type { LocatedRequest } from 'tablepick/reservations';

/** A request of member 1 for one seat of slot 1, without an expiry. Unless another key is named, it is the member's. */
export function locatedRequest({
  slotIds = [1],
  ...given
}: Partial<Omit<LocatedRequest, 'slots'>> & { slotIds?: readonly number[] } = {}): LocatedRequest {
  const place = { restaurantId: 1, date: '2026-12-01', time: '19:00', zone: 'UTC', startsAtMs: 0 };
  return {
    slots: slotIds.map((slotId) => ({ ...place, slotId })),
    memberId: 1,
    partySize: 1,
    seats: 1,
    idempotencyKey: `key of ${given.memberId ?? 1}`,
    holdTtlMs: null,
    traceparent: undefined,
    ...given,
  };
}
