import type { Database } from '../database/index.js';
import { requireFit } from '../database/fit/require-fit.js';
import { onceDone } from '../database/once-done.js';
import { TablepickError, isTablepickError } from '../errors.js';
import { connectRedisLater } from '../redis/index.js';
import { defaultRetryBudgets } from '../retry.js';
import { CallGate } from './requests/call-gate.js';
import { type CheckedRequest, checkRequest } from './requests/check-request.js';
import {
  cancelReservation,
  changeReservation,
  confirmReservation,
  expireDueReservations,
  expireReservation,
} from './transitions/end-reservations.js';
import type { LockStrategy, OpenStrategy } from './locks/lock-strategy.js';
import { lockStrategies } from './locks/strategies.js';
import { defaultStrategy, lockStrategyNames } from './locks/strategy-names.js';
import type {
  LocatedRequest,
  ReservationOutcome,
  SeatsPer,
  SlotFacts,
  SlotPlace,
  SlotReference,
} from './reservation.js';
import type { Reservations, ReservationsOptions } from './reservations.js';
import { requireRedis } from './requests/require-redis.js';
import { RESERVATION_TABLES } from './reservation-tables.js';
import { readAfterLocks } from './requests/resolve-unanswered.js';
import { SlotDirectory } from './requests/slot-directory.js';
import { untilAborted } from './requests/until-aborted.js';
import { openSoldOutGuard } from './sold-out/open-sold-out-guard.js';

/**
 * Reservations of one database under one strategy.
 *
 * @throws `BAD_OPTION` when there is no strategy of that name, or it needs a Redis and none is named; `BAD_URL`.
 * @example
 * const reservations = createReservations({ database, strategy: 'combining' });
 * const outcome = await reservations.reserve({ slotId: 1, memberId: 7, partySize: 2, idempotencyKey: 'order-17' });
 * if (outcome.kind === 'reserved') await reservations.confirm(outcome);
 */
export function createReservations(options: ReservationsOptions): Reservations {
  const { database, recordChanges, seatsPer = 'party' } = options;
  checkChoice('seatsPer', seatsPer, ['party', 'guest']);
  checkChoice('isolation', options.isolation ?? 'READ COMMITTED', ['READ COMMITTED', 'REPEATABLE READ']);
  const strategy = findStrategy(options.strategy ?? defaultStrategy);
  const { redisUrl, redisTimeoutMs: commandTimeoutMs } = options;
  const ownRedis = redisUrl === undefined ? undefined : connectRedisLater({ url: redisUrl, commandTimeoutMs });
  const redis = options.redis ?? ownRedis;
  const flag = options.soldOutFlag;
  const guard = flag && openSoldOutGuard(database, requireRedis(redis, 'the sold-out flag'), flag);
  const opened = strategy.open({
    database,
    recordChanges,
    isolation: options.isolation,
    conflictRetry: options.conflictRetry ?? defaultRetryBudgets.conflict,
    resolveWithinMs: options.resolveWithinMs ?? 5000,
    redis,
  });
  const open = guard?.before(opened) ?? opened;
  const requireTables = onceDone(() => requireFit(database, { tables: RESERVATION_TABLES }));
  const directory = new SlotDirectory(database, requireTables);
  const onGivenBack = async (slots: readonly SlotPlace[]): Promise<void> => {
    opened.givenBack?.(slots.map(({ slotId }) => slotId));
    await guard?.givenBack(slots);
  };
  const context = { database, recordChanges, onGivenBack };
  const gate = new CallGate();
  const places = { directory, seatsPer };
  const reserve: Reservations['reserve'] = (request, { signal } = {}) =>
    reserveChecked(checkRequest(request), { database, open, places, signal });
  const resolve: Reservations['resolve'] = async (request, { signal } = {}) => {
    const located = await locate(checkRequest(request), places, signal);
    return (await readReserved(database, located, signal)) ?? { kind: 'not-reserved' };
  };
  const change = <T>(run: () => Promise<T>): Promise<T> => gate.pass(() => requireTables().then(run));
  return {
    strategy: strategy.name,
    reserve: (request, call = {}) => gate.pass(() => reserve(request, call)),
    resolve: (request, call = {}) => gate.pass(() => resolve(request, call)),
    cancel: (request, call = {}) => change(() => cancelReservation(context, request, call)),
    confirm: (request, call = {}) => change(() => confirmReservation(context, request, call)),
    change: (request, call = {}) => change(() => changeReservation(context, request, call)),
    expire: (request, call = {}) => change(() => expireReservation(context, request, call)),
    expireDue: (call = {}) => change(() => expireDueReservations(context, call)),
    close: () => closeAll(gate, open, ownRedis),
  };
}

async function closeAll(
  gate: CallGate,
  open: OpenStrategy,
  ownRedis: { close(): Promise<void> } | undefined,
): Promise<void> {
  await gate.close();
  await open.close();
  await ownRedis?.close();
}

function checkChoice(name: string, value: string, choices: readonly string[]): void {
  if (choices.includes(value)) return;
  throw new TablepickError('BAD_OPTION', `${name} is ${JSON.stringify(value)}`, {
    hint: `choose from ${choices.join(', ')}`,
  });
}

function findStrategy(named: string | LockStrategy): LockStrategy {
  const known = new Map<string, LockStrategy>(Object.entries(lockStrategies));
  const strategy = typeof named === 'string' ? known.get(named) : named;
  if (strategy !== undefined) return strategy;
  throw new TablepickError('BAD_OPTION', `there is no lock strategy ${JSON.stringify(named)}`, {
    hint: `choose from ${lockStrategyNames.join(', ')}, or give a strategy of your own`,
  });
}

interface Places {
  directory: SlotDirectory;
  seatsPer: SeatsPer;
}

async function locate(
  checked: CheckedRequest,
  places: Places,
  signal: AbortSignal | undefined,
): Promise<LocatedRequest> {
  const slots = await findSlots(places.directory, checked.references, signal);
  return locatedOf(checked, places, slots);
}

/** Without waiting, which costs each of thousands of requests: undefined when the database must be asked for the slot. */
function locateKnown(checked: CheckedRequest, places: Places): LocatedRequest | undefined {
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

function findPast({ slots }: LocatedRequest, directory: SlotDirectory): SlotFacts | undefined {
  const now = directory.nowMs();
  return slots.find(({ startsAtMs }) => startsAtMs <= now);
}

/** A request that was granted in time is answered as before, also when it is repeated too late. */
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

/** The reservation that a request's key made. */
async function readReserved(
  database: Database,
  located: LocatedRequest,
  signal: AbortSignal | undefined,
): Promise<{ kind: 'reserved'; reservationId: number } | undefined> {
  const answer = (await readAfterLocks(database, [located], signal)).get(located);
  if (answer instanceof Error) throw answer;
  return answer?.kind === 'reserved' ? answer : undefined;
}

interface Way {
  database: Database;
  open: OpenStrategy;
  places: Places;
  signal: AbortSignal | undefined;
}

async function reserveChecked(checked: CheckedRequest, way: Way): Promise<ReservationOutcome> {
  const { database, open, places, signal } = way;
  const located = locateKnown(checked, places) ?? (await locate(checked, places, signal));
  if (findPast(located, places.directory) !== undefined) {
    // It may have been moved since it was looked up.
    const again = await lookAgain(located, checked, way);
    const past = findPast(again, places.directory);
    return past === undefined ? open.reserve(again, signal) : answerPast(database, { located: again, past, signal });
  }
  try {
    return await open.reserve(located, signal);
  } catch (error) {
    // A slot that was deleted and made anew since it was looked up has another id.
    if (!isTablepickError(error, 'UNKNOWN_SLOT')) throw error;
    return open.reserve(await lookAgain(located, checked, way), signal);
  }
}

function lookAgain(located: LocatedRequest, checked: CheckedRequest, { places, signal }: Way): Promise<LocatedRequest> {
  places.directory.forget(located.slots);
  return locate(checked, places, signal);
}
