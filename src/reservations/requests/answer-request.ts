import { type Database, type Session, placeholders, readAsWriter } from '../../database/index.js';
import { TablepickError } from '../../errors.js';
import { GROUPED } from './grouped.js';
import type { Claim, ReservationOutcome } from '../reservation.js';

type Reader = Pick<Session, 'query'>;

/** A reservation that stands in a claim's way, or is its own. */
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

/** An answer to a claim that did not get its seats: an outcome, or the error that the caller of this one claim gets. */
export type Answer = ReservationOutcome | Error;

/**
 * What reservations that are there already mean for each of `claims`: the same request again is answered with the reservation it made, another one with
 * its key is an error, a member who holds the slot is a duplicate. A claim that nothing stands in the way of has no entry.
 */
export async function answerStanding(
  database: Database,
  reader: Reader,
  claims: readonly Claim[],
): Promise<Map<Claim, Answer>> {
  // Keys last: a reservation that was seen is then found under its key, too, and never taken for another's.
  const live = await readLive(database, reader, claims);
  const byKey = await readByKey(database, reader, claims);
  const answers = new Map<Claim, Answer>();
  for (const claim of claims) {
    const own = byKey.get(claim.idempotencyKey);
    const held = claim.slots
      .map(({ slotId }) => live.get(`${slotId} ${claim.memberId}`))
      .find((id) => id !== undefined);
    if (own !== undefined) answers.set(claim, answerRepeated(claim, own));
    else if (held !== undefined) answers.set(claim, { kind: 'duplicate', reservationId: held });
  }
  return answers;
}

/**
 * {@link answerStanding} outside of a transaction, told by the writer: a server that was the writer knows neither the reservation that stands in the way nor
 * that an earlier one is over.
 */
export function standingOnWriter(database: Database, claims: readonly Claim[]): Promise<Map<Claim, Answer>> {
  return readAsWriter(database, (tx) => answerStanding(database, tx, claims));
}

/**
 * The answer to a claim whose seats could not be taken.
 *
 * @returns What stands in its way, or an error when the slot does not exist or never takes that many; else `sold-out`.
 */
export async function answerRefused(database: Database, reader: Reader, claim: Claim): Promise<Answer> {
  const standing = await answerStanding(database, reader, [claim]);
  const ids = claim.slots.map(({ slotId }) => slotId);
  const sql = `${database.sql(CAPACITIES)}${placeholders(ids)}`;
  const rows = await reader.query<{ slotId: number; capacity: number }>(sql, ids);
  const capacities = new Map(rows.map(({ slotId, capacity }) => [slotId, capacity]));
  return standing.get(claim) ?? answerShort(claim, capacities);
}

/** The answer to a claim for which there are too few seats, by the capacities of the slots that exist. */
export function answerShort(claim: Claim, capacities: ReadonlyMap<number, number>): Answer {
  for (const { slotId } of claim.slots) {
    const capacity = capacities.get(slotId);
    if (capacity === undefined) return missingSlot(slotId);
    if (claim.seats > capacity && capacity > 0) return tooLarge(claim, slotId, capacity);
  }
  return { kind: 'sold-out' };
}

/** The reservations, rows of groups included, that carry the claims' keys. */
async function readByKey(
  database: Database,
  reader: Reader,
  claims: readonly Claim[],
): Promise<Map<string, readonly Standing[]>> {
  const keys = claims.map(({ idempotencyKey }) => idempotencyKey);
  const firsts = await reader.query<Standing>(`${database.sql(WITH_KEYS)}${placeholders(keys)}`, keys);
  const groups = firsts.flatMap(({ groupId }) => (groupId === null ? [] : [groupId]));
  const rest =
    groups.length === 0
      ? []
      : await reader.query<Standing>(`${database.sql(OF_GROUPS)}${placeholders(groups)}`, groups);
  const ofGroup = (first: Standing): readonly Standing[] => rest.filter(({ groupId }) => groupId === first.groupId);
  return new Map(
    firsts.map((first) => [String(first.idempotencyKey), first.groupId === null ? [first] : ofGroup(first)]),
  );
}

/** Ids of live reservations by slot and member. */
async function readLive(database: Database, reader: Reader, claims: readonly Claim[]): Promise<Map<string, number>> {
  const pairs = claims.flatMap(({ slots, memberId }) => slots.map(({ slotId }) => [slotId, memberId]));
  if (pairs.length === 0) return new Map();
  const sql = `${database.sql(LIVE)}(${pairs.map(() => '(?, ?)').join(', ')})`;
  const rows = await reader.query<Standing>(sql, pairs.flat());
  return new Map(rows.map(({ id, slotId, memberId }) => [`${slotId} ${memberId}`, id]));
}

function answerRepeated(claim: Claim, rows: readonly Standing[]): Answer {
  const [first] = rows.filter(({ idempotencyKey }) => idempotencyKey === claim.idempotencyKey) as [Standing];
  const slots = new Set(claim.slots.map(({ slotId }) => slotId));
  const isSame =
    rows.length === slots.size &&
    rows.every(({ slotId }) => slots.has(slotId)) &&
    first.memberId === claim.memberId &&
    first.partySize === claim.partySize;
  if (isSame) return { kind: 'reserved', reservationId: first.id };
  return new TablepickError(
    'IDEMPOTENCY_KEY_REUSED',
    // Whose, it does not say: whoever guesses keys must not learn of another guest.
    `the key ${claim.idempotencyKey} was used for another request`,
    { hint: 'give every new request a key of its own; repeat a request with the same slots, member and party size' },
  );
}

function missingSlot(slotId: number): TablepickError {
  return new TablepickError('UNKNOWN_SLOT', `slot ${slotId} is not in the table`, {
    hint: 'it was deleted meanwhile, or never was; slots are made by `tablepick generate-slots`',
  });
}

function tooLarge({ seats }: Claim, slotId: number, capacity: number): TablepickError {
  return new TablepickError(
    'PARTY_TOO_LARGE',
    `a party of ${seats} asks for more than the ${capacity} seats of slot ${slotId}`,
    {
      hint: 'take several slots as one, or a slot of a larger capacity',
    },
  );
}
