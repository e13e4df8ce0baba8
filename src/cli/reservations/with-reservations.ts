import { closeAfter } from '../../closing.js';
import { type Reservations, createReservations } from '../../reservations/index.js';
import type { CommandContext } from '../command.js';
import type { WantedConnection } from '../connections/with-connection.js';
import { withDatabase } from '../connections/with-database.js';
import type { redisSettings } from '../options/redis-options.js';

/** Which database the reservations are in, and how Redis is used for them. */
export interface WantedReservations extends WantedConnection {
  redis: ReturnType<typeof redisSettings>;
}

/**
 * Opens the reservations of the database that the user named, runs `work` on them and closes everything again.
 *
 * @throws What connecting or `work` throws.
 */
export async function withReservations<T>(
  context: CommandContext,
  { redis, ...connection }: WantedReservations,
  work: (reservations: Reservations) => Promise<T>,
): Promise<T> {
  return withDatabase(context, { ...connection, mustWrite: true }, async ({ database }) => {
    const reservations = createReservations({ database, ...redis });
    return closeAfter(
      () => reservations.close(),
      () => work(reservations),
    );
  });
}
