export type { BenchEvent } from './bench-event.js';
export { benchInsert, type BenchInsertOptions } from './bench-insert.js';
export { benchMonths, type BenchMonthsOptions } from './bench-months.js';
export type { BenchOutcome } from './bench-outcome.js';
export { createBenchDatabase } from './create-bench-database.js';
export type { ExperimentOptions } from './experiment.js';
export { readResult } from '../report/read-result.js';
export { benchLocks, type BenchLocksOptions } from './bench-locks.js';
export type { Sweep, SweepParameter } from './lock-variants.js';
