import {
  CircuitState,
  ConsecutiveBreaker,
  circuitBreaker,
  handleWhen,
  isBrokenCircuitError,
  type CircuitBreakerPolicy,
  type FailureReason,
} from 'cockatiel';

import { TablepickError, isTablepickError } from '../../errors.js';

/** When calls to a provider that does not answer are no longer made. */
export interface BreakerOptions {
  /** Failed calls in a row that open the breaker, 1 or more. A call that the provider refused as wrong is none. */
  failures: number;
  /** After this long one call is let through; it decides whether the breaker closes. */
  coolDownMs: number;
}

/** What a {@link Breaker} tells. */
export interface BreakerWatch {
  onOpened: (error: TablepickError) => void;
  onClosed: () => void;
}

/** A circuit breaker around calls to the provider. */
export interface Breaker {
  /**
   * Makes a call, or does not.
   *
   * @throws `GATEWAY_UNAVAILABLE` at once while the breaker is open, and while another call tries whether it may close.
   */
  run<T>(call: () => Promise<T>): Promise<T>;
  isClosed(): boolean;
}

/** A closed {@link Breaker}. */
export function createBreaker(options: BreakerOptions, watch: BreakerWatch): Breaker {
  const { failures, coolDownMs } = options;
  // A trial whose caller gave up has shown nothing: it does not close the breaker.
  const counts = (error: unknown) =>
    isTablepickError(error, 'GATEWAY_UNAVAILABLE') ||
    (isTablepickError(error, 'ABORTED') && policy.state === CircuitState.HalfOpen);
  const policy: CircuitBreakerPolicy = circuitBreaker(handleWhen(counts), {
    halfOpenAfter: coolDownMs,
    breaker: new ConsecutiveBreaker(failures),
  });
  const refusal = () => openError(policy.lastFailure, coolDownMs);
  policy.onBreak(() => watch.onOpened(refusal()));
  policy.onReset(watch.onClosed);
  return {
    isClosed: () => policy.state === CircuitState.Closed,
    run: async (call) => {
      // The policy would let others wait for the trial's end.
      if (policy.state === CircuitState.HalfOpen) throw refusal();
      try {
        return await policy.execute(call);
      } catch (error) {
        throw isBrokenCircuitError(error) ? refusal() : error;
      }
    },
  };
}

function openError(failure: FailureReason<unknown> | undefined, coolDownMs: number): TablepickError {
  const cause = failure !== undefined && 'error' in failure ? failure.error : undefined;
  const why = cause === undefined ? '' : `; the last: ${cause.message}`;
  return new TablepickError('GATEWAY_UNAVAILABLE', `the payment provider failed too often in a row${why}`, {
    retriable: true,
    hint: `see whether the provider is up; one call is let through ${coolDownMs} ms after the last failure`,
    cause,
  });
}
