import type { GatewayCall } from './call-gateway.js';
import type { ApproveOutcome, ApproveRequest, RefundOutcome, GatewayPayment } from './gateway.js';
import { readApproval, readCancellation, readPayment } from './read-gateway-answer.js';

/** A request to a provider, with the reader of its answer. */
export interface GatewayRequest<Result> extends GatewayCall {
  name: 'approve' | 'cancel' | 'find';
  reservationId: number;
  /** Reads the result in an answer, and a word for it. Undefined when a field is missing. */
  read: (answer: unknown) => { outcome: string; result: Result } | undefined;
}

/** Asks the provider at `base` to charge a reservation. */
export function approveRequest(base: URL, request: ApproveRequest): GatewayRequest<ApproveOutcome> {
  const { reservationId, amount, currency, traceparent } = request;
  return {
    name: 'approve',
    reservationId,
    doing: `approve reservation ${reservationId}`,
    method: 'POST',
    url: below(base),
    headers: headersOf(String(reservationId), traceparent),
    body: { reservationId, amount, currency },
    read: (answer) => named(readApproval(answer, request)),
  };
}

/** Asks the provider at `base` to give the money back. */
export function cancelRequest(
  base: URL,
  { reservationId, traceparent }: Pick<ApproveRequest, 'reservationId' | 'traceparent'>,
): GatewayRequest<RefundOutcome> {
  return {
    name: 'cancel',
    reservationId,
    doing: `cancel reservation ${reservationId}`,
    method: 'POST',
    url: below(base, reservationId, 'cancel'),
    headers: headersOf(`cancel-${reservationId}`, traceparent),
    read: (answer) => named(readCancellation(answer, { reservationId })),
  };
}

/** Asks the provider at `base` for the state of a reservation's payment. */
export function findRequest(base: URL, reservationId: number): GatewayRequest<GatewayPayment | undefined> {
  return {
    name: 'find',
    reservationId,
    doing: `find the payment of reservation ${reservationId}`,
    method: 'GET',
    url: below(base, reservationId),
    headers: {},
    read: (answer) => {
      if (answer === undefined) return { outcome: 'unknown', result: undefined };
      const payment = readPayment(answer, reservationId);
      return payment && { outcome: payment.state, result: payment };
    },
  };
}

function named<Outcome extends { kind: string }>(result: Outcome | undefined) {
  return result && { outcome: result.kind, result };
}

function headersOf(idempotencyKey: string, traceparent: string | undefined): Record<string, string> {
  const headers = { 'Content-Type': 'application/json', 'Idempotency-Key': idempotencyKey };
  return traceparent === undefined ? headers : { ...headers, traceparent };
}

function below(base: URL, ...names: (string | number)[]): URL {
  return new URL(['payments', ...names].join('/'), base);
}
