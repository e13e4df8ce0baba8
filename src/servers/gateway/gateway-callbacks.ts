import { SIGNATURE_HEADER, signCallback, type CallbackSecret } from '../../payments/callbacks/callback-signature.js';
import { pause, withDeadline } from '../../abort/deadline.js';
import type { PaymentCallback } from '../../payments/callbacks/parse-callback.js';
import { backoffMs } from '../../retry.js';

/** The URL and the content of a callback. */
export interface CallbackLetter {
  url: string;
  callback: PaymentCallback;
  traceparent: string | undefined;
}

/** How callbacks are sent. */
export interface CallbackSettings {
  secret: CallbackSecret;
  isDown: () => boolean;
  /** Ends waiting and sending. */
  signal: AbortSignal;
}

const TIMEOUT_MS = 5000;
const BUDGET = { retries: 9, baseMs: 100, capMs: 5000 };

/**
 * Sends a callback, signed again each time, until it is answered 2xx. Resolves with `sent`, with `given-up` after ten
 * attempts, or with `stopped`.
 */
export async function sendCallback(
  letter: CallbackLetter,
  settings: CallbackSettings,
): Promise<'sent' | 'given-up' | 'stopped'> {
  for (let attempt = 1; !settings.signal.aborted; attempt += 1) {
    if (await attemptOnce(letter, settings)) return 'sent';
    if (attempt > BUDGET.retries) return 'given-up';
    await pause(backoffMs(BUDGET, attempt, Math.random()), [settings.signal]);
  }
  return 'stopped';
}

async function attemptOnce(
  { url, callback, traceparent }: CallbackLetter,
  settings: CallbackSettings,
): Promise<boolean> {
  if (settings.isDown()) return false;
  const body = JSON.stringify(callback);
  const headers = {
    'Content-Type': 'application/json',
    [SIGNATURE_HEADER]: signCallback(body, settings.secret, new Date()),
    ...(traceparent === undefined ? {} : { traceparent }),
  };
  try {
    return await withDeadline({ timeoutMs: TIMEOUT_MS, signals: [settings.signal] }, async (signal) => {
      const response = await fetch(url, { method: 'POST', headers, body, redirect: 'manual', signal });
      // What it says is not read: it may be endless.
      await response.body?.cancel();
      return response.ok;
    });
  } catch {
    return false;
  }
}
