import type { BenchResult } from '../bench/result.js';

/** A complete experiment and where its files are. */
export interface BenchOutcome {
  folder: string;
  result: BenchResult;
}
