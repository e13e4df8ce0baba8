/** What waits for payment, and how fast it is settled. */
export interface Pace {
  waiting: number;
  settledPerSecond: number;
  /** How long, without a pause, there has been enough that waits. The pace is measured over this time alone. */
  busyMs: number;
}

/** A pace is known after this time. */
const leastBusyMs = 2000;
const longestRetrySeconds = 60;

/**
 * In how many seconds to ask again, when a hold of `holdTtlMs` would run out before its turn to be settled. Undefined
 * when it would not, or when nobody knows. When nothing at all is settled, that counts after half of the hold's time,
 * because the first payments may just be slow.
 */
export function judgeBacklog({ waiting, settledPerSecond, busyMs }: Pace, holdTtlMs: number): number | undefined {
  if (busyMs < leastBusyMs) return undefined;
  if (settledPerSecond === 0) return busyMs > holdTtlMs / 2 ? longestRetrySeconds : undefined;
  const tooLongSeconds = waiting / settledPerSecond - holdTtlMs / 1000;
  if (tooLongSeconds <= 0) return undefined;
  return Math.min(longestRetrySeconds, Math.max(1, Math.ceil(tooLongSeconds)));
}
