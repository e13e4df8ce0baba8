import { TablepickError } from '../../errors.js';
import type { LocatedRequest, SeatsPer, SlotFacts, SlotReference } from '../reservation.js';
import type { CheckedRequest } from './check-request.js';
import type { SlotDirectory } from './slot-directory.js';
import { untilAborted } from './until-aborted.js';

/** The directory of slots, and the rule for the seats of a request. */
export interface Places {
  directory: SlotDirectory;
  seatsPer: SeatsPer;
}

/**
 * Finds the slots of a request.
 *
 * @throws `UNKNOWN_SLOT`; `BAD_REQUEST` when one is named twice; `ABORTED`.
 */
export async function locate(
  checked: CheckedRequest,
  places: Places,
  signal: AbortSignal | undefined,
): Promise<LocatedRequest> {
  const slots = await findSlots(places.directory, checked.references, signal);
  return locatedOf(checked, places, slots);
}

/**
 * Finds the slots without waiting, because a wait would cost time for each of thousands of requests. Undefined when the
 * database must be asked for a slot.
 */
export function locateKnown(checked: CheckedRequest, places: Places): LocatedRequest | undefined {
  const known = checked.references.map((reference) => places.directory.peek(reference));
  return known.every((facts) => facts !== undefined) ? locatedOf(checked, places, inOrder(known)) : undefined;
}

function locatedOf({ details }: CheckedRequest, { seatsPer }: Places, slots: SlotFacts[]): LocatedRequest {
  const { memberId, partySize, idempotencyKey, holdTtlMs = null, traceparent } = details;
  const seats = seatsPer === 'guest' ? partySize : 1;
  return { slots, memberId, partySize, seats, idempotencyKey, holdTtlMs, traceparent };
}

async function findSlots(
  directory: SlotDirectory,
  references: readonly SlotReference[],
  signal: AbortSignal | undefined,
): Promise<SlotFacts[]> {
  const looking = Promise.all(references.map((reference) => directory.find(reference)));
  return inOrder(await untilAborted(looking, signal));
}

function inOrder(facts: SlotFacts[]): SlotFacts[] {
  if (facts.length === 1) return facts;
  const slots = facts.toSorted((left, right) => left.slotId - right.slotId);
  const twice = slots.find(({ slotId }, place) => slotId === slots[place + 1]?.slotId);
  if (twice === undefined) return slots;
  throw new TablepickError('BAD_REQUEST', `slot ${twice.slotId} is named twice in one request`, {
    hint: 'name each slot once; a member holds one reservation a slot',
  });
}
