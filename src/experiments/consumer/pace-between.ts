import type { BacklogSample } from '../../bench/load/load-result.js';

/**
 * The pace a second while the work went from one share of it to another, e.g. from 0.05 to 0.25 of all done. Null when
 * the samples are too few to tell.
 */
export function paceBetween(samples: readonly BacklogSample[], [from, to]: readonly [number, number]): number | null {
  const all = samples[0]?.waiting ?? 0;
  const [first, last] = [atShare(samples, all, from), atShare(samples, all, to)];
  if (first === undefined || last === undefined || last.atSeconds <= first.atSeconds) return null;
  return (first.waiting - last.waiting) / (last.atSeconds - first.atSeconds);
}

/** The first sample with that share of the work done. */
function atShare(samples: readonly BacklogSample[], all: number, share: number): BacklogSample | undefined {
  return samples.find(({ waiting }) => all - waiting >= all * share);
}
