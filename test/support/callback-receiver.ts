import { SIGNATURE_HEADER, type CallbackSecret, checkCallback } from 'tablepick/payments';

import { type ScriptedAnswer, type ScriptedRequest, json, startScriptedServer } from './scripted-server.js';

/** A server that accepts callbacks with a valid signature. */
export interface CallbackReceiver {
  url: string;
  /** The accepted callbacks. */
  taken: Record<string, unknown>[];
  /** The `traceparent` of each accepted callback. */
  traces: (string | undefined)[];
  /** How many of the next callbacks are refused with 500. */
  refuseNext: number;
  /** How many callbacks were refused, for any reason. */
  refused: number;
  stop(): Promise<void>;
}

/** Starts a {@link CallbackReceiver} on a free loopback port. */
export async function startCallbackReceiver(secret: CallbackSecret): Promise<CallbackReceiver> {
  const state: Omit<CallbackReceiver, 'url' | 'stop'> = { taken: [], traces: [], refuseNext: 0, refused: 0 };
  const refuse = (status: number): ScriptedAnswer => ((state.refused += 1), json({}, status));
  const answer = (request: ScriptedRequest): ScriptedAnswer => {
    if (request.path !== '/callbacks') return refuse(404);
    try {
      checkCallback(request.header(SIGNATURE_HEADER), request.text, { secret, now: new Date() });
    } catch {
      return refuse(401);
    }
    if (state.refuseNext > 0) {
      state.refuseNext -= 1;
      return refuse(500);
    }
    state.taken.push(JSON.parse(request.text) as Record<string, unknown>);
    state.traces.push(request.header('traceparent'));
    return json({});
  };
  const server = await startScriptedServer(answer);
  return Object.assign(state, { url: `${server.url}/callbacks`, stop: () => server.stop() });
}
