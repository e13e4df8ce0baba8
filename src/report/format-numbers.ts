import type { Figure, Goal } from '../bench/result.js';

/** A whole number with commas. */
export function formatCount(value: number): string {
  return String(Math.round(value)).replace(/\B(?=(\d{3})+$)/g, ',');
}

/** Seconds with their significant digits, in minutes and hours when they are long. */
export function formatSeconds(seconds: number): string {
  if (seconds < 10) return `${seconds.toFixed(2)} s`;
  if (seconds < 120) return `${seconds.toFixed(1)} s`;
  const minutes = Math.round(seconds / 60);
  return minutes < 120 ? `${(seconds / 60).toFixed(1)} min` : `${Math.floor(minutes / 60)} h ${minutes % 60} min`;
}

/** Milliseconds with three significant digits. */
export function formatMs(ms: number): string {
  if (ms >= 10_000) return formatSeconds(ms / 1000);
  return `${ms < 100 ? ms.toPrecision(3) : formatCount(ms)} ms`;
}

/** A number a second: whole; below 10 with two decimals. */
export function formatRate(perSecond: number): string {
  return perSecond > 0 && perSecond < 10 ? perSecond.toFixed(2) : formatCount(perSecond);
}

/** Bytes as whole megabytes (10^6). */
export function formatMegabytes(bytes: number): string {
  return `${formatCount(bytes / 1e6)} MB`;
}

/** A share as per cent with one decimal. */
export function formatShare(share: number): string {
  return `${(share * 100).toFixed(1)} %`;
}

/** A value of a figure in its unit. */
export function formatFigure(value: number, unit: Figure['unit']): string {
  switch (unit) {
    case 'times':
      return `${value.toFixed(value < 10 ? 2 : 1)} ×`;
    case 'share':
      return formatShare(value);
    case 'bytes':
      return formatMegabytes(value);
    case 'count':
      return value.toFixed(2);
    case 'ms':
      return formatMs(value);
    case 'per-second':
      return `${formatRate(value)}/s`;
  }
}

/** A goal in words. */
export function formatGoal(goal: Goal, unit: Figure['unit']): string {
  return 'atLeast' in goal
    ? `at least ${formatFigure(goal.atLeast, unit)}`
    : `at most ${formatFigure(goal.atMost, unit)}`;
}
