import { TablepickError } from '../../errors.js';
import { withDeadline, type Deadline } from '../../abort/deadline.js';
import type { HttpAnswer, HttpClient } from './http-client.js';
import { OTHER_AMOUNT, fieldsOf, readReason } from './provider-fields.js';

/** One HTTP request to a provider. */
export interface GatewayCall {
  /** What is being done, for messages: "approve reservation 7". */
  doing: string;
  method: 'GET' | 'POST';
  url: URL;
  headers: Readonly<Record<string, string>>;
  /** Sent as JSON. */
  body?: unknown;
}

/** @source RFC 9110, 15.5.1 and 15.5.21. */
const CALLS_IT_WRONG: readonly number[] = [400, 422];

/**
 * Sends one request and reads its answer, a JSON value. Undefined when the provider answers a GET that it does not know
 * the payment.
 *
 * @throws `GATEWAY_REFUSED` when the provider calls this very request wrong (400, 422, 409 of the kind `other-amount`);
 * `GATEWAY_UNAVAILABLE`, retriable, when its end is unknown: no answer in time, no JSON, 5xx, and every other 4xx,
 * because it is about our key, our URL or the moment; `ABORTED` with one of the deadline's signals.
 */
export async function callGateway(client: HttpClient, call: GatewayCall, deadline: Deadline): Promise<unknown> {
  const { status, text } = await exchange(client, call, deadline);
  const answer = parse(text);
  if (isRefusal(status, answer)) throw refused(call.doing, status, answer);
  // A 404 without JSON comes from another server on the way. It does not say that there is no payment.
  if (status === 404 && call.method === 'GET' && typeof answer === 'object' && answer !== null) return undefined;
  if (status < 200 || status >= 300) throw unavailable(call.doing, `the provider answered ${status}`);
  if (answer === undefined) throw unavailable(call.doing, 'the provider answered something that is no JSON');
  return answer;
}

/** The error for a call with an unknown end. */
export function unavailable(doing: string, why: string, cause?: unknown): TablepickError {
  return new TablepickError('GATEWAY_UNAVAILABLE', `${doing}: ${why}`, {
    retriable: true,
    hint: 'it may have been done: ask again for the same reservation, which charges nothing twice',
    cause,
  });
}

async function exchange(client: HttpClient, call: GatewayCall, deadline: Deadline): Promise<HttpAnswer> {
  const { doing, method, url, headers } = call;
  const body = call.body === undefined ? undefined : JSON.stringify(call.body);
  try {
    return await withDeadline(deadline, (signal) => client.send({ method, url, headers, body }, signal));
  } catch (cause) {
    if (!deadline.signals?.some((signal) => signal?.aborted)) throw unavailable(doing, reasonOf(cause), cause);
    throw new TablepickError('ABORTED', `${doing}: stopped before the provider answered`, { cause });
  }
}

/** A host with several addresses fails with an error without words. */
function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const { code } = error as NodeJS.ErrnoException;
  return error.message || code || error.name;
}

function isRefusal(status: number, answer: unknown): boolean {
  return CALLS_IT_WRONG.includes(status) || (status === 409 && fieldsOf(answer).kind === OTHER_AMOUNT);
}

function refused(doing: string, status: number, answer: unknown): TablepickError {
  const { error, detail } = fieldsOf(answer);
  const said = readReason(fieldsOf(error).message) ?? readReason(detail);
  return new TablepickError('GATEWAY_REFUSED', `${doing}: the provider answered ${status}${said ? `, ${said}` : ''}`, {
    hint: 'asking again changes nothing: compare the request with what the provider takes',
  });
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined;
  }
}
