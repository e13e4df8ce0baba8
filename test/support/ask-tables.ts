import type { Database } from 'tablepick/database';
import { type ReservationOutcome, createReservations } from 'tablepick/reservations';

/** Runs one statement, outside of a transaction. */
export function run(database: Database, sql: string) {
  return database.session((session) => session.execute(sql));
}

/** Reserves on slot 1 with a new handle, which looks at the tables again. */
export async function reserveOne(database: Database): Promise<ReservationOutcome> {
  const reservations = createReservations({ database, strategy: 'atomic' });
  try {
    return await reservations.reserve({ slotId: 1, memberId: 1, partySize: 1, idempotencyKey: 'a' });
  } finally {
    await reservations.close();
  }
}
