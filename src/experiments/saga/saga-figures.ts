import { ratioFigure } from '../../bench/figures.js';
import type { LoadRun, LoadVariant } from '../../bench/load/load-result.js';
import type { Figure } from '../../bench/result.js';

/** A run with fewer reservations is a trial and has no goal. */
const enoughReservations = 1000;

/** The experiment's figures, of the variants that ran. The goal is set only when enough was measured. */
export function sagaFigures(measured: readonly LoadVariant[], reservations: number): Figure[] {
  const find = (name: string): LoadVariant | undefined => measured.find((variant) => variant.name === name);
  const goal = reservations >= enoughReservations ? { atLeast: 0.5 } : null;
  return [
    ratioOf([find('database'), find('kafka')], (run) => run.goodPerSecond, {
      name: 'database-vs-kafka',
      title: 'database as transport against Kafka, confirmed/s',
      goal,
    }),
    ratioOf([find('database-paced'), find('kafka-paced')], (run) => run.latencies.untilConfirmed?.p99Ms ?? Number.NaN, {
      name: 'database-vs-kafka-p99',
      title: 'database as transport against Kafka, p99 to confirmed',
      goal: null,
    }),
  ].filter((figure) => figure !== null);
}

function ratioOf(
  [upper, lower]: readonly [LoadVariant | undefined, LoadVariant | undefined],
  read: (run: LoadRun) => number,
  description: Pick<Figure, 'name' | 'title' | 'goal'>,
): Figure | null {
  if (upper === undefined || lower === undefined) return null;
  return ratioFigure(description, { runs: upper.runs, read }, { runs: lower.runs, read });
}
