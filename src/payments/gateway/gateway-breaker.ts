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

/** Settings of the breaker. */
export interface BreakerOptions {
  /**
   * Failed calls in a row that open the breaker, 1 or more. A call that the provider refused as wrong does not count.
   */
  failures: number;
  /** After this time, one call is let through. It decides whether the breaker closes. */
  coolDownMs: number;
}

/** Listeners of the breaker. */
export interface BreakerWatch {
  onOpened: (error: TablepickError) => void;
  onClosed: () => void;
}

/** A circuit breaker around calls to the provider. */
export interface Breaker {
  /**
   * Makes a call, unless the breaker is open.
   *
   * @throws `GATEWAY_UNAVAILABLE` at once while the breaker is open, and while another call tries whether it may close.
   */
  run<T>(call: () => Promise<T>): Promise<T>;
  isClosed(): boolean;
}

/** A closed breaker. */
export function createBreaker(options: BreakerOptions, watch: BreakerWatch): Breaker {
  const { failures, coolDownMs } = options;
  // When the caller of a trial gave up, the trial has shown nothing. It does not close the breaker.
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
      // With the policy alone, other calls would wait for the end of the trial.
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
