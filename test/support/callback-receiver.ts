import {
  checkCallback,
  SIGNATURE_HEADER,
  type CallbackSecret,
} from '../../src/payments/callbacks/callback-signature.js';
import { parseCallback, type PaymentCallback } from '../../src/payments/callbacks/parse-callback.js';
import { json } from '../../src/servers/http-answer.js';
import { startHttpServer } from '../../src/servers/http-server.js';

/** A server that takes callbacks whose signature fits. */
export interface CallbackReceiver {
  url: string;
  /** What arrived and was taken. */
  taken: PaymentCallback[];
  /** The `traceparent` of each that was taken. */
  traces: (string | undefined)[];
  /** How many of the next ones are refused with 500. */
  refuseNext: number;
  /** How many were refused, for whatever reason. */
  refused: number;
  stop(): Promise<void>;
}

/** Starts a {@link CallbackReceiver} on a free loopback port. */
export async function startCallbackReceiver(secret: CallbackSecret): Promise<CallbackReceiver> {
  const state = { taken: [] as PaymentCallback[], traces: [] as (string | undefined)[], refuseNext: 0, refused: 0 };
  const server = await startHttpServer({
    routes: [
      {
        method: 'POST',
        path: '/callbacks',
        handle: (request) => {
          state.refused += 1;
          checkCallback(request.header(SIGNATURE_HEADER), request.text, { secret, now: new Date() });
          if (state.refuseNext > 0) {
            state.refuseNext -= 1;
            return json({}, 500);
          }
          state.refused -= 1;
          state.taken.push(parseCallback(request.text));
          state.traces.push(request.header('traceparent'));
          return json({});
        },
      },
    ],
    onError: (error) => {
      throw error;
    },
  });
  return Object.assign(state, { url: `${server.url}/callbacks`, stop: () => server.stop() });
}
