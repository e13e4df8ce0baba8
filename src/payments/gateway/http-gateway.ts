import { checkInteger, LONGEST_TIMER_MS } from '../../check-option.js';
import { TablepickError, isTablepickError } from '../../errors.js';
import { redactUrl } from '../../redact.js';
import { backoffMs } from '../../retry.js';
import { callGateway, unavailable } from './call-gateway.js';
import { pause } from '../../abort/deadline.js';
import { createBreaker, type Breaker, type BreakerOptions } from './gateway-breaker.js';
import { approveRequest, cancelRequest, findRequest, type GatewayRequest } from './gateway-requests.js';
import type { PaymentGateway } from './gateway.js';
import { HttpClient } from './http-client.js';

/** Settings of {@link createHttpGateway}. */
export interface HttpGatewayOptions {
  /** `http(s)://HOST[:PORT][/PATH]`; requests go to `payments` below it. */
  url: string;
  /**
   * Longest wait for the answer to one request. A call makes up to `attempts` requests and waits between them. Default
   * 3000.
   */
  timeoutMs?: number | undefined;
  /** Most requests of one call while its end is unknown, 1 or more. Default 3. */
  attempts?: number | undefined;
  /**
   * Most connections to the provider, 1 or more. They are kept. A call waits for one of them within its `timeoutMs`.
   * Default 128.
   */
  connections?: number | undefined;
  /** Default: 10 failures, 2000 ms. */
  breaker?: BreakerOptions | undefined;
  onEvent?: ((event: GatewayEvent) => void) | undefined;
}

/** A request that a {@link GatewayEvent} is about: which attempt of which call, and how long it took. */
export interface RequestMade {
  call: keyof PaymentGateway;
  reservationId: number;
  /** 1 for the first. */
  attempt: number;
  ms: number;
}

/** Events of an {@link HttpGateway}: each request, and the changes of its breaker. */
export type GatewayEvent =
  | (RequestMade & { kind: 'answered'; outcome: string })
  | (RequestMade & { kind: 'failed'; error: unknown })
  | { kind: 'breaker-opened'; error: TablepickError }
  | { kind: 'breaker-closed' };

/** A provider behind HTTP. */
export interface HttpGateway extends PaymentGateway, AsyncDisposable {
  /** Ends the calls under way, and every later one, with `ABORTED`. Closes all connections. */
  close(): void;
}

interface Caller {
  client: HttpClient;
  timeoutMs: number;
  attempts: number;
  breaker: Breaker;
  closing: AbortSignal;
  tell: (event: GatewayEvent) => void;
}

/**
 * A provider behind HTTP, with the API of `startGatewayServer`. When the end of a request is unknown, it is sent again
 * under the same idempotency key. When the provider fails several times in a row, it is not called for a while.
 *
 * @throws `BAD_URL` or `BAD_OPTION` when an option is wrong; its calls throw what {@link PaymentGateway} says, and
 * `ABORTED` when they are stopped.
 * @example
 * const gateway = createHttpGateway({ url: 'https://pay.example', timeoutMs: 3000 });
 */
export function createHttpGateway(options: HttpGatewayOptions): HttpGateway {
  const base = readBase(options.url);
  const closing = new AbortController();
  const caller = createCaller(options, { base, closing: closing.signal });
  const close = (): void => {
    closing.abort();
    caller.client.close();
  };
  return {
    approve: (request, signal) => call(caller, approveRequest(base, request), signal),
    cancel: (request, signal) => call(caller, cancelRequest(base, request), signal),
    find: (reservationId, signal) => call(caller, findRequest(base, reservationId), signal),
    close,
    [Symbol.asyncDispose]: async () => close(),
  };
}

function readBase(text: string): URL {
  const hint = 'write it as http://HOST:PORT, with a path below which the provider has its /payments, or without';
  if (!URL.canParse(text))
    throw new TablepickError('BAD_URL', `the payment provider's URL is no URL: ${redactUrl(text)}`, { hint });
  const url = new URL(text);
  if (!/^https?:$/.test(url.protocol) || url.username || url.password || url.search || url.hash) {
    const message = `the payment provider's URL is not http(s) with a host and a path alone: ${redactUrl(text)}`;
    throw new TablepickError('BAD_URL', message, { hint });
  }
  if (!url.pathname.endsWith('/')) url.pathname += '/';
  return url;
}

function createCaller(options: HttpGatewayOptions, { base, closing }: { base: URL; closing: AbortSignal }): Caller {
  const { timeoutMs = 3000, attempts = 3, connections = 128, onEvent } = options;
  const { breaker = { failures: 10, coolDownMs: 2000 } } = options;
  const numbers = { timeoutMs, attempts, connections, 'breaker.failures': breaker.failures };
  for (const [name, value] of Object.entries(numbers)) checkInteger(name, value, { min: 1, max: LONGEST_TIMER_MS });
  checkInteger('breaker.coolDownMs', breaker.coolDownMs, { min: 0, max: LONGEST_TIMER_MS });
  const tell = (event: GatewayEvent) => onEvent?.(event);
  const watched = createBreaker(breaker, {
    onOpened: (error) => tell({ kind: 'breaker-opened', error }),
    onClosed: () => tell({ kind: 'breaker-closed' }),
  });
  return { client: new HttpClient(base, connections), timeoutMs, attempts, breaker: watched, closing, tell };
}

async function call<T>(caller: Caller, request: GatewayRequest<T>, signal: AbortSignal | undefined): Promise<T> {
  const budget = { retries: caller.attempts - 1, baseMs: 50, capMs: 1000 };
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await attemptOnce(caller, request, { attempt, signal });
    } catch (error) {
      const isHopeless = !isTablepickError(error, 'GATEWAY_UNAVAILABLE') || !caller.breaker.isClosed();
      if (isHopeless || attempt > budget.retries) throw error;
      await pause(backoffMs(budget, attempt, Math.random()), [signal, caller.closing]);
    }
  }
}

async function attemptOnce<T>(
  { client, breaker, timeoutMs, closing, tell }: Caller,
  request: GatewayRequest<T>,
  { attempt, signal }: { attempt: number; signal: AbortSignal | undefined },
): Promise<T> {
  const startedAtMs = performance.now();
  const { name, reservationId, doing } = request;
  const made = () => ({ call: name, reservationId, attempt, ms: performance.now() - startedAtMs });
  const asked = breaker.run(async () => {
    const known = request.read(await callGateway(client, request, { timeoutMs, signals: [signal, closing] }));
    if (known === undefined)
      throw unavailable(doing, 'a field is missing in what the provider answered, or is not what was asked for');
    return known;
  });
  const { outcome, result } = await asked.catch((error: unknown) => {
    tell({ kind: 'failed', ...made(), error });
    throw error;
  });
  tell({ kind: 'answered', ...made(), outcome });
  return result;
}
