import { isTablepickError } from '../errors.js';
import type { ReservationRequest, Reservations } from '../reservations/index.js';

/** Settings of {@link playTraffic}. */
export interface TrafficOptions {
  /** Pass recorded reservations (`recordHistory`) to judge the answers afterwards. */
  reservations: Reservations;
  /** The first of them is the hot slot. */
  slotIds: readonly number[];
  /** Share of the requests that want the hot slot, 0 to 1. Default 0.5. */
  hotShare?: number | undefined;
  /** Calls at once. Default 8. */
  clients?: number | undefined;
  /** Number of calls. */
  calls: number;
  /** Members 1 to this number ask. When they are few, they collide often. Default 40. */
  members?: number | undefined;
  /** Prefix of every idempotency key, so that several processes have keys of their own. */
  keyPrefix: string;
  /** Numbers in [0, 1). They decide everything except what the database and the clock decide. */
  random: () => number;
}

/** A request that was made, and the reservation it got. */
interface Made {
  request: ReservationRequest;
  reservationId: number | undefined;
}

interface Play extends TrafficOptions {
  hotShare: number;
  members: number;
  made: Made[];
  /** The highest id in any answer. */
  highestId: number;
}

/**
 * Reserves one slot or several, repeats requests, cancels, confirms, expires and sweeps, at random and several at once.
 * Several processes may play on the same slots: reservations of others are confirmed and expired, too.
 *
 * @throws The first error that is no `TablepickError`. A `TablepickError` is an answer, which a history records.
 * @example
 * await playTraffic({ reservations, slotIds: [1, 2], calls: 500, keyPrefix: 'test', random: seededRandom(1) });
 */
export async function playTraffic(options: TrafficOptions): Promise<void> {
  const { hotShare = 0.5, members = 40, clients = 8 } = options;
  const play: Play = { ...options, hotShare, members, made: [], highestId: 0 };
  let left = play.calls;
  const playOn = async (): Promise<void> => {
    while (left-- > 0) await playOne(play).catch(rethrowUnlessAnswer);
  };
  await Promise.all(Array.from({ length: clients }, playOn));
}

async function playOne(play: Play): Promise<void> {
  const { reservations, random } = play;
  const dice = random();
  if (dice < 0.55) return reserve(play, newRequest(play));
  // Other clients work on the newest one, too.
  const made = random() < 0.5 ? play.made.at(-1) : play.made[Math.floor(random() * play.made.length)];
  if (made === undefined) return reserve(play, newRequest(play));
  if (dice < 0.62) return reserve(play, made.request);
  // The ids of other processes are guessed: they are about as high as our own.
  const guessedId = Math.max(1, play.highestId - Math.floor(random() * 30));
  const reservationId = random() < 0.3 ? guessedId : (made.reservationId ?? guessedId);
  if (dice < 0.76) await reservations.cancel({ reservationId, memberId: made.request.memberId });
  else if (dice < 0.86) await reservations.confirm({ reservationId });
  else if (dice < 0.98) await reservations.expire({ reservationId });
  else await reservations.expireDue({ limit: 20 });
}

function newRequest(play: Play): ReservationRequest {
  const { random, keyPrefix, members } = play;
  const details = {
    memberId: 1 + Math.floor(random() * members),
    partySize: 1 + Math.floor(random() * 3),
    idempotencyKey: `${keyPrefix}-${play.made.length}`,
    ...(random() < 0.4 ? { holdTtlMs: 1 + Math.floor(random() * 100) } : {}),
  };
  const first = pickSlot(play);
  if (random() < 0.8) return { slotId: first, ...details };
  const slotIds = [...new Set([first, pickSlot(play), pickSlot(play)])];
  return { slots: slotIds.map((slotId) => ({ slotId })), ...details };
}

function pickSlot({ random, hotShare, slotIds }: Play): number {
  const place = random() < hotShare ? 0 : Math.floor(random() * slotIds.length);
  return slotIds[place] as number;
}

async function reserve(play: Play, request: ReservationRequest): Promise<void> {
  const made: Made = { request, reservationId: undefined };
  play.made.push(made);
  const outcome = await play.reservations.reserve(request);
  if (outcome.kind !== 'reserved') return;
  made.reservationId = outcome.reservationId;
  play.highestId = Math.max(play.highestId, outcome.reservationId);
}

function rethrowUnlessAnswer(error: unknown): void {
  if (!isTablepickError(error)) throw error;
}
