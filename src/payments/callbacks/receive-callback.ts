import type { Database } from '../../database/index.js';
import { requireFitOnce } from '../../database/fit/require-fit-once.js';
import { CallQueue } from '../../call-queue.js';
import type { TablepickError } from '../../errors.js';
import { LOCK_WAIT_SECONDS } from '../../messaging/consumer/note-done.js';
import { type CallbackSecret, checkCallback } from './callback-signature.js';
import { mismatchError } from '../settle/payment-mismatch.js';
import { PAYMENT_TABLES } from '../payment-tables.js';
import { type PaymentCallback, parseCallback } from './parse-callback.js';
import type { Report } from '../settle/decide-report.js';
import { settlePayments } from '../settle/settle-payments.js';

/** A callback as it arrived. */
export interface ReceivedCallback {
  /** Value of the signature header. */
  signature: string | undefined;
  /** Byte for byte. */
  body: string;
}

/** The effect of a callback. `unknown-payment`: it may have come before the payment exists. */
export type CallbackResult = 'settled' | 'unchanged' | 'unknown-payment';

/**
 * Checks a payment provider's callback and applies it once, however often it comes. A callback is about a payment only
 * when it names the same amount and currency. Once the provider has named the payment, the name must be the same, too.
 * Any other callback changes nothing, and the right one is still applied later. Callbacks that arrive together are
 * committed together; `signal` withdraws one that is not yet begun.
 *
 * @throws `BAD_SIGNATURE` or `BAD_MESSAGE`: nothing was read or written; `PAYMENT_MISMATCH`: noted for reconcile,
 * nothing else; `TABLE_UNFIT` or `MISSING_TABLE`; failures of the database: the provider is to call again.
 * @example
 * const result = await receiveCallback({ database: paymentDatabase, secret }, { signature: 't=1,v1=ab', body: '{}' });
 */
export async function receiveCallback(
  { database, secret, signal }: { database: Database; secret: CallbackSecret; signal?: AbortSignal | undefined },
  { signature, body }: ReceivedCallback,
): Promise<CallbackResult> {
  checkCallback(signature, body, { secret, now: new Date() });
  const report = reportOf(parseCallback(body));
  await requireFitOnce(database, PAYMENT_TABLES);
  return queueOf(database).call(report, signal);
}

const queues = new WeakMap<Database, CallQueue<Report, CallbackResult>>();

function queueOf(database: Database): CallQueue<Report, CallbackResult> {
  const known = queues.get(database);
  if (known !== undefined) return known;
  const queue = new CallQueue<Report, CallbackResult>({ serve: (reports) => settleTogether(database, reports) });
  queues.set(database, queue);
  return queue;
}

async function settleTogether(
  database: Database,
  reports: readonly Report[],
): Promise<(CallbackResult | TablepickError)[]> {
  const results = await database.transaction((tx) => settlePayments(tx, reports), {
    lockWaitSeconds: LOCK_WAIT_SECONDS,
  });
  return results.map((result, place) =>
    result === 'mismatch' ? mismatchError(reports[place]!.reservationId, 'taking a callback') : result,
  );
}

function reportOf(callback: PaymentCallback): Report {
  const { reservationId, providerId, amount, currency, reason = '' } = callback;
  const about = { providerId, amount, currency };
  const report = { reservationId, actor: `callback ${providerId}`, about };
  switch (callback.state) {
    case 'approved':
      return { ...report, of: 'approval', outcome: { kind: 'approved', ...about } };
    case 'declined':
      return { ...report, of: 'approval', outcome: { kind: 'declined', providerId, reason } };
    case 'cancelled':
      return { ...report, of: 'refund', outcome: { kind: 'cancelled', ...about } };
    case 'cancel-refused':
      return { ...report, of: 'refund', outcome: { kind: 'refused', providerId, reason } };
  }
}
