import { TablepickError } from '../../errors.js';
import { checkMoney } from '../../payments/money.js';
import { fieldsOf, isReservationId } from '../../payments/gateway/provider-fields.js';
import type { Order } from './gateway-book.js';
import type { HttpRequest } from '../http-request.js';

/**
 * The order in a request to charge.
 *
 * @throws `BAD_REQUEST`, `BAD_AMOUNT` or `BAD_URL` when a field is missing or wrong.
 */
export function readOrder(request: HttpRequest): Order {
  const { reservationId, amount, currency, callbackUrl } = fieldsOf(request.json());
  const money = checkMoney({ amount: amount as number, currency: currency as string });
  const traceparent = request.header('traceparent');
  return { reservationId: checkId(reservationId), ...money, callbackUrl: checkCallbackUrl(callbackUrl), traceparent };
}

/**
 * The reservation that a request's path names.
 *
 * @throws `BAD_REQUEST` when it is no whole number of 1 to 2^53 - 1.
 */
export function readReservationId({ params }: HttpRequest): number {
  const text = params.reservationId ?? '';
  return checkId(/^[1-9]\d*$/.test(text) ? Number(text) : text);
}

/**
 * A URL that callbacks go to, or undefined.
 *
 * @throws `BAD_URL` when it is something else.
 */
export function checkCallbackUrl(value: unknown): string | undefined {
  if (value === undefined || value === null) return undefined;
  if (typeof value === 'string' && /^https?:$/.test(URL.canParse(value) ? new URL(value).protocol : '')) return value;
  throw new TablepickError('BAD_URL', `the callback URL is ${JSON.stringify(value)}, but must be an http or https URL`);
}

function checkId(value: unknown): number {
  if (isReservationId(value)) return value;
  throw new TablepickError('BAD_REQUEST', `the reservation is ${JSON.stringify(value)}, but must be a whole number`, {
    hint: 'name the reservation by its id, 1 to 2^53 - 1',
  });
}
