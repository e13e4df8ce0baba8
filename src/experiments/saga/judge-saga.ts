import type { Verdict } from '../../bench/load/load-result.js';
import { type ConnectOptions, type Database, connect } from '../../database/index.js';
import { checkInvariants } from '../../reservations/index.js';
import type { SagaRunOutcome } from './saga-job.js';

/** The data of a saga run that are judged, beside the reservations' tables. */
export interface JudgedSaga {
  paymentConnection: ConnectOptions;
  ledger: SagaRunOutcome['ledger'];
  /** Reservations that were made. */
  expected: number;
  signal: AbortSignal | undefined;
}

const COUNT_CONFIRMED = `SELECT COUNT(*) AS count FROM {reservation}
  WHERE {reservation.status} = 'CONFIRMED' AND {reservation.paymentStatus} = 'PAID'`;
const COUNT_PENDING = `SELECT COUNT(*) AS count FROM {reservation} WHERE {reservation.status} = 'PENDING'`;
const COUNT_PAID = "SELECT COUNT(*) AS count FROM payment WHERE status = 'PAID'";
const COUNT_LETTERS = 'SELECT COUNT(*) AS count FROM dead_letter';

/** Right when every reservation is confirmed, paid and charged once, no seat is wrong and no message was given up. */
export async function judgeSaga(database: Database, judged: JudgedSaga): Promise<Verdict> {
  const { paymentConnection, ledger, expected, signal } = judged;
  const payments = await connect({ ...paymentConnection, poolSize: 1 });
  try {
    const { ok, counts } = await checkInvariants(database, { signal });
    const letters = (await count(database, COUNT_LETTERS)) + (await count(payments, COUNT_LETTERS));
    const wrong = [
      ...told(expected - (await count(database, COUNT_CONFIRMED)), 'not confirmed and paid'),
      ...told(expected - (await count(payments, COUNT_PAID)), 'payments not paid'),
      ...(ledger === null ? [] : told(expected - ledger.chargedOnce, 'not charged once')),
      ...(ledger === null ? [] : told(ledger.otherwise, 'charged otherwise')),
      ...told(await count(database, COUNT_PENDING), 'sagas unfinished'),
      ...told(letters, 'dead letters'),
      ...(ok ? [] : Object.entries(counts).map(([kind, found]) => `${kind} ${found}`)),
    ];
    return { right: wrong.length === 0, text: wrong.length === 0 ? 'right' : wrong.join(', ') };
  } finally {
    await payments.close();
  }
}

async function count(database: Database, sql: string): Promise<number> {
  const [row] = await database.query<{ count: number }>(sql);
  return row?.count ?? 0;
}

function told(found: number, what: string): string[] {
  return found === 0 ? [] : [`${found} ${what}`];
}
