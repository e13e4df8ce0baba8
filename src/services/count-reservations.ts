import { type TablepickError, isTablepickError } from '../errors.js';
import type { Metrics } from '../observe/metrics.js';
import type { Reservations } from '../reservations/index.js';

/** The same reservations, which count each attempt to reserve by its outcome, with its time. */
export function countReservations(reservations: Reservations, metrics: Metrics): Reservations {
  const { strategy } = reservations;
  const note = (outcome: string, sinceMs: number): void => {
    metrics.count('tablepick_reservations_total', { strategy, outcome });
    metrics.observe('tablepick_reservation_seconds', { strategy, outcome }, (performance.now() - sinceMs) / 1000);
  };
  const reserve: Reservations['reserve'] = async (request, options) => {
    const sinceMs = performance.now();
    try {
      const outcome = await reservations.reserve(request, options);
      note(outcome.kind, sinceMs);
      return outcome;
    } catch (error) {
      note(outcomeOf(error), sinceMs);
      throw error;
    }
  };
  return {
    strategy,
    reserve,
    resolve: (request, options) => reservations.resolve(request, options),
    cancel: (request, options) => reservations.cancel(request, options),
    confirm: (request, options) => reservations.confirm(request, options),
    change: (request, options) => reservations.change(request, options),
    changeAll: (request, options) => reservations.changeAll(request, options),
    expire: (request, options) => reservations.expire(request, options),
    expireDue: (options) => reservations.expireDue(options),
    close: () => reservations.close(),
    [Symbol.asyncDispose]: () => reservations.close(),
  };
}

const REFUSALS: readonly TablepickError['code'][] = [
  'BAD_REQUEST',
  'UNKNOWN_SLOT',
  'SLOT_PAST',
  'PARTY_TOO_LARGE',
  'IDEMPOTENCY_KEY_REUSED',
];

/**
 * `refused`: the request was wrong. `put-off`: it was refused in time. `withdrawn`: its caller gave up. `failed`:
 * something did not work.
 */
function outcomeOf(error: unknown): string {
  if (isTablepickError(error, ...REFUSALS)) return 'refused';
  if (isTablepickError(error, 'BACKLOG_TOO_LONG')) return 'put-off';
  return isTablepickError(error, 'ABORTED') ? 'withdrawn' : 'failed';
}
