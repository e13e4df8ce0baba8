import { connect } from 'tablepick/database';
import { isTablepickError } from 'tablepick';
import {
  createReservations,
  recordHistory,
  type HistoryEntry,
  type ReservationRequest,
  type Reservations,
  type ReservationsOptions,
} from 'tablepick/reservations';
import { seededRandom } from 'tablepick/testing';

/** Two services with connections of their own. Their guests take seats and give them back until they are stopped. */
export interface RedisLoad {
  /** Lets the calls under way end. Resolves with all calls that were made. */
  stop(): Promise<HistoryEntry[]>;
}

type Options = Omit<ReservationsOptions, 'database' | 'seatsPer'> & {
  url: string;
  slotIds: readonly number[];
  random: () => number;
};

/** There are more guests than seats: slots are full most of the time, and never for long. */
const guestsOfService = 24;
const heldByGuest = 3;

/** Starts the services and their guests. */
export async function startRedisLoad({ url, slotIds, random, ...options }: Options): Promise<RedisLoad> {
  const entries: HistoryEntry[] = [];
  const play = { stopped: false, slotIds, random: seededRandom(Math.floor(random() * 2 ** 31)) };
  const serve = async (service: number): Promise<void> => {
    const database = await connect({ url, poolSize: 8 });
    const plain = createReservations({ ...options, database, seatsPer: 'guest' });
    const reservations = recordHistory(plain, { add: (entry) => entries.push(entry), seatsPer: 'guest' });
    const guests = Array.from({ length: guestsOfService }, (_, guest) => 1 + service * guestsOfService + guest);
    await Promise.all(guests.map((memberId) => comeAndGo(reservations, memberId, play)));
    await plain.close();
    await database.close();
  };
  const served = Promise.all([0, 1].map(serve));
  return {
    stop: async () => {
      play.stopped = true;
      await served;
      return entries;
    },
  };
}

interface Play {
  stopped: boolean;
  slotIds: readonly number[];
  random: () => number;
}

/** One guest: takes seats, repeats a request now and then, gives the oldest seat back. */
async function comeAndGo(reservations: Reservations, memberId: number, play: Play): Promise<void> {
  const held: { reservationId: number; request: ReservationRequest }[] = [];
  for (let turn = 0; !play.stopped; turn += 1) {
    const dice = play.random();
    const slotId = play.slotIds[Math.floor(play.random() * play.slotIds.length)]!;
    const wanted = { slotId, memberId, partySize: 1 + (turn % 3), idempotencyKey: `${memberId}-${turn}` };
    const request = dice < 0.1 ? (held.at(-1)?.request ?? wanted) : wanted;
    if (dice < 0.6 && held.length < heldByGuest) {
      const outcome = await answerOf(reservations.reserve(request));
      if (outcome?.kind === 'reserved' && request === wanted)
        held.push({ reservationId: outcome.reservationId, request });
    } else if (held.length > 0) {
      await answerOf(reservations.cancel({ reservationId: held.shift()!.reservationId, memberId }));
    }
  }
}

/** Errors of the library are answers, too, and are in the history. */
async function answerOf<T>(call: Promise<T>): Promise<T | undefined> {
  return call.catch((error: unknown) => {
    if (isTablepickError(error)) return undefined;
    throw error;
  });
}
