import type { Claim } from '../reservation.js';

/** Each id once, in ascending order: the order in which everybody locks. */
export function inLockOrder(ids: readonly number[]): number[] {
  return [...new Set(ids)].sort((left, right) => left - right);
}

/** The slots that `claims` name, in the order in which they are locked. */
export function slotIdsOf(claims: readonly Claim[]): number[] {
  return inLockOrder(claims.flatMap(({ slots }) => slots.map(({ slotId }) => slotId)));
}
