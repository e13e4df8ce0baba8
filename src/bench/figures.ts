import type { Figure, Goal } from './result.js';
import type { RecordedRun, VariantResult } from './rows/rows-result.js';
import { spreadOf } from './statistics.js';

/** A figure without its numbers. */
export interface FigureDescription {
  name: string;
  title: string;
  unit: Figure['unit'];
  goal: Goal | null;
}

/** The runs of a variant, and how a number is read from each run. */
export interface Reading<Run> {
  runs: readonly Run[];
  read: (run: Run) => number;
}

/** The rows a second of `upper` divided by those of `lower`, see {@link ratioFigure}. */
export function speedFigure(
  description: Omit<FigureDescription, 'unit'>,
  upper: VariantResult,
  lower: VariantResult,
): Figure | null {
  const read = (run: RecordedRun): number => run.rowsPerSecond;
  return ratioFigure(description, { runs: upper.runs, read }, { runs: lower.runs, read });
}

/**
 * A number of one variant divided by a number of another, round by round.
 * Null while the two have no round in common.
 */
export function ratioFigure<Run extends { round: number }>(
  description: Omit<FigureDescription, 'unit'>,
  upper: Reading<Run>,
  lower: Reading<Run>,
): Figure | null {
  const lowerByRound = new Map(lower.runs.map((run) => [run.round, lower.read(run)]));
  const values = upper.runs.flatMap((run) => {
    const divisor = lowerByRound.get(run.round);
    return divisor === undefined ? [] : [upper.read(run) / divisor];
  });
  return figureOf({ ...description, unit: 'times' }, values);
}

/** A figure read from every run of one variant. Runs without the number are left out; null when no run has it. */
export function runFigure<Run>(
  description: FigureDescription,
  variant: { runs: readonly Run[] },
  read: (run: Run) => number | null,
): Figure | null {
  return figureOf(
    description,
    variant.runs.map(read).filter((value) => value !== null),
  );
}

/** A figure from one value a round; null without values. */
export function figureOf(description: FigureDescription, values: number[]): Figure | null {
  const spread = spreadOf(values);
  if (spread === null) return null;
  return { ...description, values, spread, met: description.goal && isMet(description.goal, spread.median) };
}

function isMet(goal: Goal, value: number): boolean {
  return 'atLeast' in goal ? value >= goal.atLeast : value <= goal.atMost;
}
