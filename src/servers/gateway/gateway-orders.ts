import type { FastifyRequest } from 'fastify';

import { TablepickError, isTablepickError } from '../../errors.js';
import { checkMoney } from '../../payments/money.js';
import { fieldsOf } from '../../payments/gateway/provider-fields.js';
import { HttpRefusal } from '../problems/http-refusal.js';
import type { Order } from './gateway-book.js';

/**
 * The order in a request to charge.
 *
 * @throws `HttpRefusal` of 422 when a field is wrong; of 403 when `callbackUrl` is not at a told address.
 */
export function readOrder(request: FastifyRequest, isTold: (url: string) => boolean): Order {
  const { reservationId, amount, currency, callbackUrl } = fieldsOf(request.body);
  const { traceparent } = request.headers;
  const money = refuseWrong(() => checkMoney({ amount: amount as number, currency: currency as string }));
  // The schema of the route lets only a text or null through.
  const url = (callbackUrl ?? undefined) as string | undefined;
  if (url !== undefined && !isTold(url)) {
    const message = 'the provider calls back only to addresses that it was told when it was started';
    throw new HttpRefusal('unknown-callback-url', 403, { message });
  }
  const trace = typeof traceparent === 'string' ? traceparent : undefined;
  return { reservationId: reservationId as number, ...money, callbackUrl: url, traceparent: trace };
}

/**
 * Checks a URL that callbacks go to.
 *
 * @throws `BAD_URL`.
 */
export function checkCallbackUrl(value: string): void {
  if (URL.canParse(value)) {
    const { protocol, username, password } = new URL(value);
    if (/^https?:$/.test(protocol) && username === '' && password === '') return;
  }
  throw new TablepickError(
    'BAD_URL',
    `the callback URL is ${JSON.stringify(value)}, but must be an http or https URL without a password`,
  );
}

/** What is wrong with an order is the client's fault. */
function refuseWrong<T>(read: () => T): T {
  try {
    return read();
  } catch (error) {
    if (!isTablepickError(error)) throw error;
    throw new HttpRefusal('wrong-body', 422, { message: error.message });
  }
}
