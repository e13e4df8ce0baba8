import { type GatewayEvent, type HttpGatewayOptions, createHttpGateway } from 'tablepick/payments';
import { type GatewayServerOptions, startGatewayServer } from 'tablepick/servers';
import { afterEach, expect } from 'vitest';

import { startCallbackReceiver } from './callback-receiver.js';
import { startGatewayProcess } from './gateway-process.js';
import { type ScriptedAnswer, type ScriptedRequest, json, startScriptedServer } from './scripted-server.js';

/** The price of a test's reservations. */
export const MONEY = { amount: 10_000, currency: 'KRW' };

/** A trace context. */
export const TRACE = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01';

/** A breaker that never opens. */
export const NEVER_OPENS = { failures: 1_000_000, coolDownMs: 0 };

const endings: (() => unknown)[] = [];

/** The last thing that was opened is closed first. */
afterEach(async () => {
  for (const end of endings.splice(0).reverse()) await end();
});

/** Calls `end` when the test is over. */
export function atEnd(end: () => unknown): void {
  endings.push(end);
}

/** Starts a fake provider for one test. */
export async function startProvider(options: GatewayServerOptions = {}) {
  const onError = (error: unknown) => expect.unreachable(String(error));
  const server = await startGatewayServer({ onError, ...options });
  atEnd(() => server.stop());
  return server;
}

/** Starts a fake provider in a process of its own, which a test can kill. */
export async function startChild(options: GatewayServerOptions) {
  const child = await startGatewayProcess(options);
  atEnd(() => child.kill());
  return child;
}

/** Opens a gateway that records its events. */
export function openGateway(url: string, options: Omit<HttpGatewayOptions, 'url'> = {}) {
  const events: GatewayEvent[] = [];
  const gateway = createHttpGateway({ url, onEvent: (event) => events.push(event), ...options });
  atEnd(() => gateway.close());
  return { ...gateway, events };
}

/** Starts a receiver of callbacks for one test. */
export async function startReceiver(secret = 'key') {
  const receiver = await startCallbackReceiver(secret);
  atEnd(() => receiver.stop());
  return receiver;
}

/** Starts a provider below `base` that answers each request about payments with `answer`, or with its result. */
export async function startAnswering(
  answer: ((request: ScriptedRequest) => ScriptedAnswer) | ScriptedAnswer,
  base = '',
) {
  const answerTo = typeof answer === 'function' ? answer : () => answer;
  const isPayment = ({ path }: ScriptedRequest) =>
    path.slice(0, base.length) === base && /^\/payments(\/\d+(\/cancel)?)?$/.test(path.slice(base.length));
  const server = await startScriptedServer((request) => (isPayment(request) ? answerTo(request) : json({}, 404)));
  atEnd(() => server.stop());
  return server;
}

/** The money that a provider says it took and gave back. */
export async function readLedger(url: string) {
  const text = await (await fetch(`${url}/ledger`)).text();
  const lines = text.split('\n').slice(0, -1);
  return lines.map((line) => JSON.parse(line) as { reservationId: number; charged: number; refunded: number });
}
