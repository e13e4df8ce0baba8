import type { Database } from '../../database/index.js';
import { placeholders } from '../../database/placeholders.js';
import type { Payment } from '../../payments/index.js';

/** A payment with the moment of its last change, as the database writes it. */
export interface StoredPayment extends Payment {
  changedAt: string;
}

const SELECT = `SELECT reservation_id AS reservationId, status, amount, currency, provider_id AS providerId, reason, traceparent,
  changed_at AS changedAt FROM payment WHERE reservation_id IN`;

/** The payment of a reservation as it is now; undefined when there is none. */
export async function readStoredPayment(
  paymentDatabase: Pick<Database, 'query'>,
  reservationId: number,
): Promise<StoredPayment | undefined> {
  return (await readStoredPayments(paymentDatabase, [reservationId])).get(reservationId);
}

/** The payments of reservations as they are now, by reservation. */
export async function readStoredPayments(
  paymentDatabase: Pick<Database, 'query'>,
  reservationIds: readonly number[],
  signal?: AbortSignal,
): Promise<Map<number, StoredPayment>> {
  if (reservationIds.length === 0) return new Map();
  const sql = `${SELECT} ${placeholders(reservationIds)}`;
  const payments = await paymentDatabase.query<StoredPayment>(sql, reservationIds, { signal });
  return new Map(payments.map((payment) => [payment.reservationId, payment]));
}
