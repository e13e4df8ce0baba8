import { setTimeout as sleep } from 'node:timers/promises';

import type { Database } from '../database/index.js';
import type { GatewayPayment, PaymentGateway } from './gateway.js';
import type { PaymentStatus } from './payment-states.js';
import { settleApproval, settleRefund } from './settle-payment.js';

/** Settings of {@link settleOverdue}. */
export interface SettleOverdueOptions {
  /** The payment service's own. */
  database: Database;
  gateway: PaymentGateway;
  /** How long a payment or refund may be under way before the provider is asked. Default 60000. */
  olderThanMs?: number | undefined;
  /** Most that are asked for, oldest first. Default 500. */
  limit?: number | undefined;
  signal?: AbortSignal | undefined;
}

interface Overdue {
  reservationId: number;
  status: PaymentStatus;
}

// Answered by ix_payment_status.
const SELECT = `SELECT reservation_id AS reservationId, status FROM payment
  WHERE status = ? AND changed_at < NOW(6) - INTERVAL ? * 1000 MICROSECOND ORDER BY changed_at LIMIT ?`;

/**
 * Asks the provider for payments and refunds that have been under way for long, e.g. because a callback got lost, and settles those it has settled.
 * Resolves with how many that were.
 *
 * @throws `GATEWAY_UNAVAILABLE`, retriable: those before were settled.
 */
export async function settleOverdue(options: SettleOverdueOptions): Promise<number> {
  const { database, gateway, olderThanMs = 60_000, limit = 500, signal } = options;
  let settled = 0;
  for (const status of ['READY', 'REFUNDING'] as const) {
    const overdue = await database.query<Overdue>(SELECT, [status, olderThanMs, limit], { signal });
    for (const payment of overdue) {
      if (signal?.aborted) return settled;
      const found = await gateway.find(payment.reservationId, signal);
      if (found !== undefined && (await settleFound(database, payment, found))) settled += 1;
    }
  }
  return settled;
}

/** {@link settleOverdue} from now on, every so often. */
export function keepSettling(
  options: SettleOverdueOptions & { everyMs?: number | undefined; onError?: ((error: unknown) => void) | undefined },
): { stop(): Promise<void> } {
  const stopping = new AbortController();
  const { signal } = stopping;
  const done = (async () => {
    while (!signal.aborted) {
      await sleep(options.everyMs ?? 30_000, undefined, { signal }).catch(() => {});
      if (signal.aborted) return;
      await settleOverdue({ ...options, signal }).catch((error: unknown) => signal.aborted || options.onError?.(error));
    }
  })();
  return {
    stop: () => {
      stopping.abort();
      return done;
    },
  };
}

/** Applies what the provider says of a payment; false when that changes nothing. */
export async function settleFound(
  database: Database,
  { reservationId, status }: Overdue,
  found: GatewayPayment,
): Promise<boolean> {
  const { providerId, state, reason = '' } = found;
  const teller = { reservationId, actor: `look-up of ${providerId}` };
  const result = await database.transaction(async (tx) => {
    if (status === 'REFUNDING') {
      if (state === 'cancelled') return settleRefund(tx, teller, { kind: 'cancelled', providerId });
      if (state === 'cancel-refused') return settleRefund(tx, teller, { kind: 'refused', providerId, reason });
      return 'unchanged';
    }
    if (state === 'approved') return settleApproval(tx, teller, { kind: 'approved', providerId });
    if (state === 'declined' || state === 'cancelled')
      return settleApproval(tx, teller, { kind: 'declined', providerId, reason });
    return 'unchanged';
  });
  return result === 'settled';
}
