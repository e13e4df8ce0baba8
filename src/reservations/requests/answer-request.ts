import type { Database, Session } from '../../database/index.js';
import { placeholders } from '../../database/placeholders.js';
import { readAsWriter } from '../../database/read-as-writer.js';
import { TablepickError } from '../../errors.js';
import { GROUPED } from './grouped.js';
import type { LocatedRequest, ReservationOutcome } from '../reservation.js';

type Reader = Pick<Session, 'query'>;

/** A reservation that conflicts with a request, or is its own. */
interface Standing {
  id: number;
  slotId: number;
  memberId: number;
  partySize: number;
  groupId: number | null;
  idempotencyKey: string | null;
}

const COLUMNS = `r.{reservation.id} AS id, r.{reservation.slotId} AS slotId, r.{reservation.memberId} AS memberId,
  r.{reservation.partySize} AS partySize, r.{reservation.groupId} AS groupId, r.{reservation.idempotencyKey} AS idempotencyKey`;
const WITH_KEYS = `SELECT ${COLUMNS} FROM {reservation} r WHERE r.{reservation.idempotencyKey} IN `;
const OF_GROUPS = `SELECT ${COLUMNS} FROM ${GROUPED} WHERE h.{reservation.id} IN `;
const LIVE = `SELECT ${COLUMNS} FROM {reservation} r WHERE (r.{reservation.slotId}, r.{reservation.liveMemberId}) IN `;
const CAPACITIES = 'SELECT {slot.id} AS slotId, {slot.capacity} AS capacity FROM {slot} WHERE {slot.id} IN ';

/**
 * An answer to a request that did not get its seats: an outcome, or the error that the caller of this one request gets.
 */
export type Answer = ReservationOutcome | Error;

/**
 * The answers that existing reservations give to `requests`. When the same request comes again, the answer is its
 * reservation. When another request has its key, the answer is an error. When the member holds the slot, the answer is
 * `duplicate`. A request without a conflict has no entry.
 */
export async function answerStanding(
  reader: Reader,
  requests: readonly LocatedRequest[],
): Promise<Map<LocatedRequest, Answer>> {
  // Keys are read last. So a reservation that was seen as live is also found under its key, and never counts as another
  // request's.
  const live = await readLive(reader, requests);
  const byKey = await readByKey(reader, requests);
  const answers = new Map<LocatedRequest, Answer>();
  for (const located of requests) {
    const own = byKey.get(located.idempotencyKey);
    const held = located.slots
      .map(({ slotId }) => live.get(`${slotId} ${located.memberId}`))
      .find((id) => id !== undefined);
    if (own !== undefined) answers.set(located, answerRepeated(located, own));
    else if (held !== undefined) answers.set(located, { kind: 'duplicate', reservationId: held });
  }
  return answers;
}

/**
 * Runs {@link answerStanding} on the writer, outside of a transaction. A server that was the writer before may not know
 * the conflicting reservation, or that an earlier one is over.
 */
export function standingOnWriter(
  database: Database,
  requests: readonly LocatedRequest[],
): Promise<Map<LocatedRequest, Answer>> {
  return readAsWriter(database, (tx) => answerStanding(tx, requests));
}

/**
 * The answer to a request whose seats could not be taken.
 *
 * @returns The answer of a conflicting reservation, or an error when the slot does not exist or never takes that many.
 * Otherwise `sold-out`.
 */
export async function answerRefused(reader: Reader, located: LocatedRequest): Promise<Answer> {
  const standing = await answerStanding(reader, [located]);
  const ids = located.slots.map(({ slotId }) => slotId);
  const sql = `${CAPACITIES}${placeholders(ids)}`;
  const rows = await reader.query<{ slotId: number; capacity: number }>(sql, ids);
  const capacities = new Map(rows.map(({ slotId, capacity }) => [slotId, capacity]));
  return standing.get(located) ?? answerShort(located, capacities);
}

/** The answer to a request when there are too few seats. `capacities` has the slots that exist. */
export function answerShort(located: LocatedRequest, capacities: ReadonlyMap<number, number>): Answer {
  for (const { slotId } of located.slots) {
    const capacity = capacities.get(slotId);
    if (capacity === undefined) return missingSlot(slotId);
    if (located.seats > capacity && capacity > 0) return tooLarge(located, slotId, capacity);
  }
  return { kind: 'sold-out' };
}

/** The reservations with the requests' keys, rows of groups included. */
async function readByKey(
  reader: Reader,
  requests: readonly LocatedRequest[],
): Promise<Map<string, readonly Standing[]>> {
  const keys = requests.map(({ idempotencyKey }) => idempotencyKey);
  const firsts = await reader.query<Standing>(`${WITH_KEYS}${placeholders(keys)}`, keys);
  const groups = firsts.flatMap(({ groupId }) => (groupId === null ? [] : [groupId]));
  const rest = groups.length === 0 ? [] : await reader.query<Standing>(`${OF_GROUPS}${placeholders(groups)}`, groups);
  const ofGroup = (first: Standing): readonly Standing[] => rest.filter(({ groupId }) => groupId === first.groupId);
  return new Map(
    firsts.map((first) => [String(first.idempotencyKey), first.groupId === null ? [first] : ofGroup(first)]),
  );
}

/** Ids of live reservations by slot and member. */
async function readLive(reader: Reader, requests: readonly LocatedRequest[]): Promise<Map<string, number>> {
  const pairs = requests.flatMap(({ slots, memberId }) => slots.map(({ slotId }) => [slotId, memberId]));
  if (pairs.length === 0) return new Map();
  const sql = `${LIVE}(${pairs.map(() => '(?, ?)').join(', ')})`;
  const rows = await reader.query<Standing>(sql, pairs.flat());
  return new Map(rows.map(({ id, slotId, memberId }) => [`${slotId} ${memberId}`, id]));
}

function answerRepeated(located: LocatedRequest, rows: readonly Standing[]): Answer {
  const [first] = rows.filter(({ idempotencyKey }) => idempotencyKey === located.idempotencyKey) as [Standing];
  const slots = new Set(located.slots.map(({ slotId }) => slotId));
  const isSame =
    rows.length === slots.size &&
    rows.every(({ slotId }) => slots.has(slotId)) &&
    first.memberId === located.memberId &&
    first.partySize === located.partySize;
  if (isSame) return { kind: 'reserved', reservationId: first.id };
  return new TablepickError(
    'IDEMPOTENCY_KEY_REUSED',
    // It does not say whose request, so that nobody learns of other guests by guessing keys.
    `the key ${located.idempotencyKey} was used for another request`,
    { hint: 'give every new request a key of its own; repeat a request with the same slots, member and party size' },
  );
}

function missingSlot(slotId: number): TablepickError {
  return new TablepickError('UNKNOWN_SLOT', `slot ${slotId} is not in the table`, {
    hint: 'it was deleted meanwhile, or never was; slots are made by `tablepick generate-slots`',
  });
}

function tooLarge({ seats }: LocatedRequest, slotId: number, capacity: number): TablepickError {
  return new TablepickError(
    'PARTY_TOO_LARGE',
    `a party of ${seats} asks for more than the ${capacity} seats of slot ${slotId}`,
    {
      hint: 'take several slots as one, or a slot of a larger capacity',
    },
  );
}
