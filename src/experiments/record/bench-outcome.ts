import type { ResultBody, ResultOf } from '../../bench/result.js';

/** A complete experiment and where its files are. */
export interface BenchOutcome<Body extends ResultBody> {
  folder: string;
  result: ResultOf<Body>;
}
