import type { CallbackSecret } from '../../payments/callbacks/callback-signature.js';
import type { PaymentCallback } from '../../payments/callbacks/parse-callback.js';
import type { BookedPayment, GatewayBook } from './gateway-book.js';
import { sendCallback } from './gateway-callbacks.js';
import type { FaultPlan } from './gateway-faults.js';
import type { GatewayStats } from './gateway-stats.js';

/** How pending payments and refunds end. */
export interface SettlementSettings {
  book: GatewayBook;
  faults: FaultPlan;
  stats: GatewayStats;
  delayMs: number;
  /** The URL for callbacks when a request named none. */
  callbackUrl: string | undefined;
  secret: CallbackSecret;
  /** Resolves when all changes in the book are safe. */
  flush: () => Promise<void>;
  stopping: AbortSignal;
  /** Whether callbacks may go to that URL. */
  isTold: (url: string) => boolean;
  onError: (error: unknown) => void;
}

/** Ends pending payments and refunds, and calls back. */
export class Settlement {
  readonly #settings: SettlementSettings;
  readonly #timers = new Map<number, NodeJS.Timeout>();
  readonly #underWay = new Set<Promise<void>>();

  constructor(settings: SettlementSettings) {
    this.#settings = settings;
  }

  /** Ends a payment after the delay, when it is pending and its end is not planned yet. */
  settleLater(payment: BookedPayment): void {
    const { reservationId, state } = payment;
    if (this.#settings.stopping.aborted) return;
    if ((state !== 'pending' && state !== 'cancelling') || this.#timers.has(reservationId)) return;
    const due = () => {
      this.#timers.delete(reservationId);
      this.#track(this.#settle(payment));
    };
    this.#timers.set(reservationId, setTimeout(due, this.#settings.delayMs));
  }

  /** Continues payments and callbacks that are not finished. */
  resume(payments: Iterable<BookedPayment>): void {
    for (const payment of payments) {
      this.settleLater(payment);
      for (const callback of payment.owed) this.#track(this.#deliver(payment, callback));
    }
  }

  /** To be called after `stopping` has aborted. Resolves when nothing is under way any more. */
  async stop(): Promise<void> {
    for (const timer of this.#timers.values()) clearTimeout(timer);
    await Promise.all(this.#underWay);
  }

  async #settle(payment: BookedPayment): Promise<void> {
    const { book, faults, flush, stats } = this.#settings;
    const callback = book.settle(payment);
    const isTold = callback !== undefined && this.#urlOf(payment) !== undefined;
    const isLost = isTold && faults.occurs('lostCallbackRate', nameOf(callback));
    if (isLost) stats.callbacksLost += 1;
    if (isTold && !isLost) book.owe(payment, callback);
    await flush();
    if (isTold && !isLost) await this.#deliver(payment, callback);
  }

  async #deliver(payment: BookedPayment, callback: PaymentCallback): Promise<void> {
    const { book, faults, secret, stopping, stats } = this.#settings;
    const url = this.#urlOf(payment);
    if (url === undefined) return;
    const settings = { secret, isDown: () => faults.isDown(), signal: stopping };
    const times = faults.occurs('duplicateCallbackRate', nameOf(callback)) ? 2 : 1;
    for (let time = 1; time <= times; time += 1) {
      const end = await sendCallback({ url, callback, traceparent: payment.traceparent }, settings);
      if (end === 'stopped') return;
      stats[end === 'sent' ? 'callbacksSent' : 'callbacksGivenUp'] += 1;
    }
    book.cross(payment, callback);
  }

  #urlOf(payment: BookedPayment): string | undefined {
    const { callbackUrl, isTold } = this.#settings;
    // A payment of the state file may name an address that is not allowed any more.
    return payment.callbackUrl !== undefined && isTold(payment.callbackUrl) ? payment.callbackUrl : callbackUrl;
  }

  #track(work: Promise<void>): void {
    const tracked = work.catch(this.#settings.onError).finally(() => this.#underWay.delete(tracked));
    this.#underWay.add(tracked);
  }
}

function nameOf({ kind, reservationId }: PaymentCallback): string {
  return `${kind} ${reservationId}`;
}
