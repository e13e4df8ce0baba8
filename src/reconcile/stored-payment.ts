import type { Database } from '../database/index.js';
import type { Payment } from '../payments/index.js';

/** A payment with the moment of its last change, as the database writes it. */
export interface StoredPayment extends Payment {
  changedAt: string;
}

const SELECT = `SELECT reservation_id AS reservationId, status, amount, currency, provider_id AS providerId, reason, traceparent,
  changed_at AS changedAt FROM payment WHERE reservation_id = ?`;

/** The payment of a reservation as it is now; undefined when there is none. */
export async function readStoredPayment(
  paymentDatabase: Pick<Database, 'query'>,
  reservationId: number,
): Promise<StoredPayment | undefined> {
  const [payment] = await paymentDatabase.query<StoredPayment>(SELECT, [reservationId]);
  return payment;
}
