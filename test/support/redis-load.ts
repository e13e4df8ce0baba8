import { connect } from 'tablepick/database';
import { type ReservationsOptions, createReservations } from 'tablepick/reservations';
import { type HistoryEntry, playTraffic, recordHistory, seededRandom } from 'tablepick/testing';

/** Two services that reserve at random until they are stopped, each with connections of its own. */
export interface RedisLoad {
  /** Lets the calls under way end; resolves with all that were made. */
  stop(): Promise<HistoryEntry[]>;
}

type Options = Omit<ReservationsOptions, 'database' | 'seatsPer'> & {
  url: string;
  slotIds: readonly number[];
  random: () => number;
};

/** Starts them. */
export async function startRedisLoad({ url, slotIds, random, ...options }: Options): Promise<RedisLoad> {
  const entries: HistoryEntry[] = [];
  let stopped = false;
  const serve = async (keyPrefix: string): Promise<void> => {
    const database = await connect({ url, poolSize: 8 });
    const plain = createReservations({ ...options, database, seatsPer: 'guest' });
    const reservations = recordHistory(plain, { add: (entry) => entries.push(entry), seatsPer: 'guest' });
    const numbers = seededRandom(Math.floor(random() * 2 ** 31));
    for (let round = 1; !stopped; round += 1) {
      await playTraffic({ reservations, slotIds, calls: 32, random: numbers, keyPrefix: `${keyPrefix}-${round}` });
    }
    await plain.close();
    await database.close();
  };
  const served = Promise.all(['one', 'two'].map(serve));
  return {
    stop: async () => {
      stopped = true;
      await served;
      return entries;
    },
  };
}
