import type { Figure, Goal, RecordedRun, VariantResult } from './result.js';
import { spreadOf } from './statistics.js';

/** A figure without its numbers. */
export interface FigureDescription {
  name: string;
  title: string;
  unit: Figure['unit'];
  goal: Goal | null;
}

/**
 * How many times as fast `upper` is as `lower`, divided round by round.
 * Null while the two have no round in common.
 */
export function speedFigure(
  description: Omit<FigureDescription, 'unit'>,
  upper: VariantResult,
  lower: VariantResult,
): Figure | null {
  const lowerByRound = new Map(lower.runs.map((run) => [run.round, run.rowsPerSecond]));
  const values = upper.runs.flatMap((run) => {
    const divisor = lowerByRound.get(run.round);
    return divisor === undefined ? [] : [run.rowsPerSecond / divisor];
  });
  return figureOf({ ...description, unit: 'times' }, values);
}

/** A figure read off every run of one variant; runs without the number are left out, null when all are. */
export function runFigure(
  description: FigureDescription,
  variant: VariantResult,
  read: (run: RecordedRun) => number | null,
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
