import { isTablepickError } from '../../errors.js';
import type { PaymentGateway } from '../../payments/index.js';

/** After so many failed calls in a row, the provider is not asked any more. */
const FAILURES_IN_A_ROW = 5;

/** The provider's answer, or why there is none. */
export type GatewayAnswer<T> = { kind: 'said'; value: T } | { kind: 'refused' | 'silent'; why: string };

/** Asks the provider as long as it answers. When it does not, that costs a few waits, not one for each payment. */
export class GuardedGateway {
  readonly #gateway: PaymentGateway | undefined;
  readonly #signal: AbortSignal | undefined;
  #failures = 0;

  constructor(gateway: PaymentGateway | undefined, signal: AbortSignal | undefined) {
    this.#gateway = gateway;
    this.#signal = signal;
  }

  /** False when no provider was named. */
  get isThere(): boolean {
    return this.#gateway !== undefined;
  }

  /**
   * Makes a call.
   *
   * @throws What the call threw when it was stopped by the signal.
   */
  async ask<T>(call: (gateway: PaymentGateway, signal?: AbortSignal) => Promise<T>): Promise<GatewayAnswer<T>> {
    if (this.#gateway === undefined) return { kind: 'silent', why: 'needs the provider, and none is named' };
    if (this.#failures >= FAILURES_IN_A_ROW) return { kind: 'silent', why: 'gateway unavailable' };
    try {
      const value = await call(this.#gateway, this.#signal);
      this.#failures = 0;
      return { kind: 'said', value };
    } catch (error) {
      if (this.#signal?.aborted) throw error;
      return this.#note(error);
    }
  }

  #note(error: unknown): GatewayAnswer<never> {
    if (isTablepickError(error, 'GATEWAY_REFUSED')) return { kind: 'refused', why: 'the provider calls it wrong' };
    this.#failures += 1;
    return { kind: 'silent', why: 'gateway unavailable' };
  }
}
