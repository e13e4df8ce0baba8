import type { Database } from 'tablepick/database';
import type { RecordChanges } from 'tablepick/reservations';
import { expect } from 'vitest';

import type { ReservationScene } from './reservation-scene.js';

/** Creates the table of {@link sayChanges}. The table would accept a change that is recorded twice. */
export async function createSaid(run: ReservationScene['run']): Promise<void> {
  await run(`CREATE TABLE said (id BIGINT AUTO_INCREMENT PRIMARY KEY, reservation_id BIGINT, state VARCHAR(20),
    KEY ix_said (reservation_id)) ENGINE = InnoDB`);
}

/** Records each change in a row of its own, as an outbox would. */
export const sayChanges: RecordChanges = (changes) => [
  {
    sql: `INSERT INTO said (reservation_id, state) VALUES ${changes.map(() => '(?, ?)').join(', ')}`,
    values: changes.flatMap(({ reservationId, to }) => [reservationId, to]),
  },
];

const ALL = `SELECT r.id, r.status, GROUP_CONCAT(s.state ORDER BY s.id) AS said FROM reservation r
  LEFT JOIN said s ON s.reservation_id = r.id GROUP BY r.id, r.status`;
const UNFOUNDED = 'SELECT s.* FROM said s LEFT JOIN reservation r ON r.id = s.reservation_id WHERE r.id IS NULL';

/** Every reservation was recorded once when it was made and once when it changed, and nothing else was recorded. */
export async function expectSaidOnce(database: Database): Promise<void> {
  const rows = await database.query<{ id: number; status: string; said: string | null }>(ALL);
  const wrong = rows.filter(({ status, said }) => said !== (status === 'PENDING' ? status : `PENDING,${status}`));
  expect(wrong).toEqual([]);
  expect(await database.query(UNFOUNDED)).toEqual([]);
}
