import type { LocatedRequest } from '../../reservation.js';

/** The name of an idempotency key, for finding collisions. */
export function keyName(idempotencyKey: string): string {
  return `key ${idempotencyKey}`;
}

/** The name of a member's place in a slot, for finding collisions. */
export function placeName(slotId: number, memberId: number): string {
  return `${slotId} ${memberId}`;
}

/** Names that no two requests of one transaction may share. */
export function namesOf({ slots, memberId, idempotencyKey }: LocatedRequest): string[] {
  return [keyName(idempotencyKey), ...slots.map(({ slotId }) => placeName(slotId, memberId))];
}
