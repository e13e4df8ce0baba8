import { inspect } from 'node:util';

import { TablepickError } from '../../errors.js';
import type { ReservationDetails, ReservationRequest, SlotReference } from '../reservation.js';

const LONGEST_HOLD_MS = 366 * 24 * 3_600_000;
const LARGEST_PARTY = 1_000_000;
const MOST_SLOTS = 100;

/**
 * A checked copy of a request. The caller may change its own object meanwhile. Everything that needs no database has
 * been checked.
 */
export interface CheckedRequest {
  references: readonly SlotReference[];
  details: ReservationDetails;
}

/**
 * Checks and copies a request.
 *
 * @throws `BAD_REQUEST` with what is wrong and what to give instead.
 */
export function checkRequest(request: ReservationRequest): CheckedRequest {
  checkObject('request', request);
  const { memberId, partySize, idempotencyKey, holdTtlMs, traceparent } = request;
  checkWhole('memberId', memberId, Number.MAX_SAFE_INTEGER);
  checkWhole('partySize', partySize, LARGEST_PARTY);
  if (holdTtlMs !== undefined) checkWhole('holdTtlMs', holdTtlMs, LONGEST_HOLD_MS);
  // Spaces are refused. The server ignores them at the end when it compares, so two keys would be equal.
  if (typeof idempotencyKey !== 'string' || !/^[\x21-\x7e]{1,64}$/.test(idempotencyKey)) {
    throw bad('idempotencyKey', idempotencyKey, '1 to 64 visible ASCII characters, for example a UUID');
  }
  const references: unknown = 'slots' in request ? request.slots : [request];
  if (!Array.isArray(references) || references.length === 0 || references.length > MOST_SLOTS) {
    throw bad('slots', references, `an array of 1 to ${MOST_SLOTS} slots`);
  }
  return {
    references: (references as SlotReference[]).map(checkReference),
    details: { memberId, partySize, idempotencyKey, holdTtlMs, traceparent },
  };
}

/** @throws `BAD_REQUEST` unless `value` is an id: a whole number of 1 or more. */
export function checkId(name: string, value: number): void {
  checkWhole(name, value, Number.MAX_SAFE_INTEGER);
}

function checkReference(reference: SlotReference): SlotReference {
  checkObject('slot', reference);
  if ('slotId' in reference) {
    const { slotId } = reference;
    checkId('slotId', slotId);
    return { slotId };
  }
  const { restaurantId, date, time } = reference;
  checkId('restaurantId', restaurantId);
  if (!isDate(date)) throw bad('date', date, 'a date as YYYY-MM-DD');
  if (typeof time !== 'string' || !/^([01]\d|2[0-3]):[0-5]\d$/.test(time)) throw bad('time', time, 'a time as HH:MM');
  return { restaurantId, date, time };
}

function checkObject(name: string, value: unknown): void {
  if (typeof value !== 'object' || value === null) throw bad(name, value, 'an object');
}

function isDate(text: unknown): boolean {
  if (typeof text !== 'string' || !/^\d{4}-\d{2}-\d{2}$/.test(text)) return false;
  const instant = new Date(`${text}T00:00:00Z`);
  return !Number.isNaN(instant.getTime()) && instant.toISOString().startsWith(text);
}

function checkWhole(name: string, value: unknown, most: number): void {
  if (Number.isSafeInteger(value) && (value as number) >= 1 && (value as number) <= most) return;
  throw bad(name, value, `a whole number from 1 to ${most}`);
}

function bad(name: string, value: unknown, wanted: string): TablepickError {
  const shown = inspect(value, { depth: 1, maxArrayLength: 3, breakLength: Infinity }).slice(0, 80);
  return new TablepickError('BAD_REQUEST', `${name} of a reservation is ${shown}`, { hint: `give ${name} ${wanted}` });
}
