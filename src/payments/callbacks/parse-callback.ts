import { TablepickError } from '../../errors.js';
import { type Money, readMoney } from '../money.js';
import { fieldsOf, isProviderId, isReservationId, readReason } from '../gateway/provider-fields.js';

/** A provider's callback: how a pending payment or refund ended, and its amount. */
export type PaymentCallback = Money & {
  reservationId: number;
  providerId: string;
  /** At most 255 characters. */
  reason?: string | undefined;
} & ({ kind: 'payment'; state: 'approved' | 'declined' } | { kind: 'refund'; state: 'cancelled' | 'cancel-refused' });

/**
 * Reads a callback from a JSON body. Unknown fields and a byte order mark in front are ignored. A longer reason is cut.
 *
 * @throws `BAD_MESSAGE` when it is no JSON object, or a field is missing, of another type or not of its kind.
 */
export function parseCallback(body: string): PaymentCallback {
  const fields = fieldsOf(parse(body));
  const { reservationId, providerId, kind, state, reason } = fields;
  if (!isReservationId(reservationId)) throw bad('reservationId', reservationId);
  if (!isProviderId(providerId)) throw bad('providerId', providerId);
  if (reason !== undefined && typeof reason !== 'string') throw bad('reason', reason);
  const ending = readEnding(kind, state);
  if (ending === undefined) throw bad('state', `${String(kind)} ${String(state)}`);
  const money = readMoney(fields);
  if (money === undefined) throw bad('amount or currency', [fields.amount, fields.currency]);
  const said = readReason(reason);
  return { reservationId, providerId, ...money, ...ending, ...(said === undefined ? {} : { reason: said }) };
}

function readEnding(kind: unknown, state: unknown) {
  if (kind === 'payment' && (state === 'approved' || state === 'declined')) return { kind, state } as const;
  if (kind === 'refund' && (state === 'cancelled' || state === 'cancel-refused')) return { kind, state } as const;
  return undefined;
}

function parse(body: string): unknown {
  try {
    return JSON.parse(body.replace(/^\uFEFF/, '')) as unknown;
  } catch (cause) {
    throw new TablepickError('BAD_MESSAGE', "the provider's callback is no JSON", { cause });
  }
}

function bad(field: string, value: unknown): TablepickError {
  const shown = String(JSON.stringify(value)).slice(0, 100);
  return new TablepickError('BAD_MESSAGE', `the provider's callback has a wrong or no ${field}: ${shown}`, {
    hint: "see that the callback URL is the payment provider's alone and its API is the one of startGatewayServer",
  });
}
