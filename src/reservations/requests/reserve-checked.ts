import type { Database } from '../../database/index.js';
import { TablepickError, isTablepickError } from '../../errors.js';
import type { OpenStrategy } from '../locks/lock-strategy.js';
import type { LocatedRequest, ReservationOutcome, SlotFacts } from '../reservation.js';
import type { CheckedRequest } from './check-request.js';
import { type Places, locate, locateKnown } from './locate-slots.js';
import { readAfterLocks } from './resolve-unanswered.js';
import type { SlotDirectory } from './slot-directory.js';

/** How a request is reserved. */
export interface Way {
  database: Database;
  open: OpenStrategy;
  places: Places;
  signal: AbortSignal | undefined;
}

/**
 * Finds the slots of a request and gives it to the strategy. When a slot has begun, the answer is the reservation that
 * the request made in time.
 *
 * @throws `UNKNOWN_SLOT`, `SLOT_PAST`, `BAD_REQUEST`, `ABORTED`, and what the strategy throws.
 */
export async function reserveChecked(checked: CheckedRequest, way: Way): Promise<ReservationOutcome> {
  const { database, open, places, signal } = way;
  const located = locateKnown(checked, places) ?? (await locate(checked, places, signal));
  if (findPast(located, places.directory) !== undefined) {
    // The slot may have been moved since it was looked up.
    const again = await lookAgain(located, checked, way);
    const past = findPast(again, places.directory);
    return past === undefined ? open.reserve(again, signal) : answerPast(database, { located: again, past, signal });
  }
  try {
    return await open.reserve(located, signal);
  } catch (error) {
    // When a slot was deleted and made anew since it was looked up, it has another id.
    if (!isTablepickError(error, 'UNKNOWN_SLOT')) throw error;
    return open.reserve(await lookAgain(located, checked, way), signal);
  }
}

function lookAgain(located: LocatedRequest, checked: CheckedRequest, { places, signal }: Way): Promise<LocatedRequest> {
  places.directory.forget(located.slots);
  return locate(checked, places, signal);
}

function findPast({ slots }: LocatedRequest, directory: SlotDirectory): SlotFacts | undefined {
  const now = directory.nowMs();
  return slots.find(({ startsAtMs }) => startsAtMs <= now);
}

/** When a request was granted in time and is repeated too late, it gets the same answer as before. */
async function answerPast(
  database: Database,
  { located, past, signal }: { located: LocatedRequest; past: SlotFacts; signal: AbortSignal | undefined },
): Promise<ReservationOutcome> {
  const reserved = await readReserved(database, located, signal);
  if (reserved !== undefined) return reserved;
  const { slotId, restaurantId, date, time, zone } = past;
  const { table, columns } = database.names.restaurant;
  throw new TablepickError(
    'SLOT_PAST',
    `slot ${slotId} of restaurant ${restaurantId} has begun: ${date} ${time} by the clocks of ${zone}`,
    { hint: `reserve a later slot; if the restaurant lies in another time zone, set ${table}.${columns.timeZone}` },
  );
}

/**
 * The reservation of a request's key. Undefined when there is none.
 *
 * @throws `IDEMPOTENCY_KEY_REUSED` when the key belongs to another request.
 */
export async function readReserved(
  database: Database,
  located: LocatedRequest,
  signal: AbortSignal | undefined,
): Promise<{ kind: 'reserved'; reservationId: number } | undefined> {
  const answer = (await readAfterLocks(database, [located], signal)).get(located);
  if (answer instanceof Error) throw answer;
  return answer?.kind === 'reserved' ? answer : undefined;
}
