import { TablepickError } from '../../errors.js';
import { withDeadline, type Deadline } from '../../abort/deadline.js';
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

/** Longest answer that is read, in characters. */
const MOST_ANSWER = 65_536;

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
export async function callGateway(call: GatewayCall, deadline: Deadline): Promise<unknown> {
  const { status, text } = await exchange(call, deadline);
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

interface Answer {
  status: number;
  text: string;
}

async function exchange({ doing, method, url, headers, body }: GatewayCall, deadline: Deadline): Promise<Answer> {
  const content = body === undefined ? {} : { body: JSON.stringify(body) };
  try {
    return await withDeadline(deadline, async (signal) => {
      signal.throwIfAborted();
      const response = await fetch(url, { method, headers, redirect: 'manual', signal, ...content });
      return { status: response.status, text: await readText(response) };
    });
  } catch (cause) {
    if (!deadline.signals?.some((signal) => signal?.aborted)) throw unavailable(doing, reasonOf(cause), cause);
    throw new TablepickError('ABORTED', `${doing}: stopped before the provider answered`, { cause });
  }
}

async function readText(response: Response): Promise<string> {
  const decoder = new TextDecoder();
  let text = '';
  for await (const bytes of response.body ?? []) {
    text += decoder.decode(bytes as Uint8Array, { stream: true });
    if (text.length > MOST_ANSWER) throw new Error(`the answer is longer than ${MOST_ANSWER} characters`);
  }
  return text + decoder.decode();
}

/** `fetch` fails with a general error. The reason is in its cause. */
function reasonOf(error: unknown): string {
  const cause = error instanceof Error && error.cause instanceof Error ? error.cause : error;
  if (!(cause instanceof Error)) return String(cause);
  const { code } = cause as NodeJS.ErrnoException;
  return cause.message || code || cause.name;
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
