import type { Database } from '../database/index.js';
import { TablepickError } from '../errors.js';
import { type Payment, readPayment } from '../payments/index.js';
import { type Saga, readSagas } from './list-sagas.js';

/** A step of a saga, on either side. */
export interface SagaStep {
  /** UTC, `YYYY-MM-DD HH:MM:SS.ffffff`. */
  at: string;
  service: 'reservation' | 'payment';
  subject: string;
  from: string | null;
  to: string;
  reason: string;
  actor: string;
}

/** All details of one saga. */
export interface SagaDetails extends Saga {
  /** The payment in the payment service. Undefined when there is none, or when the service was not asked. */
  payment: Payment | undefined;
  /** Steps of both services, sorted by their clocks. */
  steps: SagaStep[];
  /** Ids of open dead letters about it, by service. */
  deadLetters: { service: 'reservation' | 'payment'; id: number; type: string; reason: string }[];
}

const SELECT_STEPS = `SELECT changed_at AS at, subject, from_state AS \`from\`, to_state AS \`to\`, reason, actor
  FROM reservation_history WHERE reservation_id = ? ORDER BY id`;
const SELECT_PAYMENT_STEPS = `SELECT changed_at AS at, 'payment' AS subject, from_status AS \`from\`, to_status AS \`to\`, reason, actor
  FROM payment_history WHERE reservation_id = ? ORDER BY id`;
const SELECT_DEAD = "SELECT id, type, reason FROM dead_letter WHERE state = 'DEAD' AND message_key = ? ORDER BY id";

/**
 * One saga with its history. `payments` is the payment service's database. An operator may read both databases, but a
 * service reads only its own.
 *
 * @throws `SAGA_UNKNOWN` when there is neither such a reservation nor a compensation of it.
 */
export async function showSaga(
  { database, payments }: { database: Database; payments?: Database | undefined },
  reservationId: number,
): Promise<SagaDetails> {
  const [saga] = await readSagas(database, [reservationId]);
  if (saga === undefined) throw unknownSaga(reservationId);
  const steps = await readSteps(database, { sql: SELECT_STEPS, service: 'reservation', reservationId });
  const paymentSteps =
    payments && (await readSteps(payments, { sql: SELECT_PAYMENT_STEPS, service: 'payment', reservationId }));
  return {
    ...saga,
    payment: payments && (await readPayment(payments, reservationId)),
    steps: [...steps, ...(paymentSteps ?? [])].sort((a, b) => (a.at < b.at ? -1 : a.at > b.at ? 1 : 0)),
    deadLetters: [
      ...(await readDead(database, 'reservation', reservationId)),
      ...(payments === undefined ? [] : await readDead(payments, 'payment', reservationId)),
    ],
  };
}

async function readSteps(
  database: Database,
  { sql, service, reservationId }: { sql: string; service: SagaStep['service']; reservationId: number },
): Promise<SagaStep[]> {
  const rows = await database.query<Omit<SagaStep, 'service'>>(sql, [reservationId]);
  return rows.map((row) => ({ ...row, service }));
}

async function readDead(
  database: Database,
  service: SagaStep['service'],
  reservationId: number,
): Promise<SagaDetails['deadLetters']> {
  const rows = await database.query<{ id: number; type: string; reason: string }>(SELECT_DEAD, [String(reservationId)]);
  return rows.map((row) => ({ ...row, service }));
}

/** The error for an unknown reservation. */
export function unknownSaga(reservationId: number): TablepickError {
  return new TablepickError('SAGA_UNKNOWN', `there is no reservation ${reservationId}`, {
    hint: 'tablepick saga list shows the latest; of several made as one, name the first',
  });
}
