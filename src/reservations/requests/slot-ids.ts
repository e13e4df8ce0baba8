import type { LocatedRequest } from '../reservation.js';

/** Each id once, in ascending order. All transactions lock in this order. */
export function inLockOrder(ids: readonly number[]): number[] {
  return [...new Set(ids)].sort((left, right) => left - right);
}

/** The slots that `requests` name, in the order in which they are locked. */
export function slotIdsOf(requests: readonly LocatedRequest[]): number[] {
  return inLockOrder(requests.flatMap(({ slots }) => slots.map(({ slotId }) => slotId)));
}
