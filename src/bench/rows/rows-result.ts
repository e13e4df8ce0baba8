import type { ProcessUse, RunPlace, VariantGroup } from '../run-facts.js';
import type { Spread } from '../statistics.js';

/** The numbers of one run of one variant that puts rows in. */
export interface RunMeasurement {
  /** Rows that were really put in and verified. */
  rows: number;
  /** Wall time of putting them in. */
  seconds: number;
  rowsPerSecond: number;
  /** Wall time of proving them afterwards, not part of `seconds`. */
  verifySeconds: number | null;
  client: ProcessUse | null;
  /** CPU time of the database server during the run; null when it runs elsewhere or may not be read. */
  serverCpuSeconds: number | null;
  /** What else is worth keeping: connections, chunks, retries. */
  details: Record<string, number | string>;
}

/** A run with its place in the experiment. */
export interface RecordedRun extends RunMeasurement, RunPlace {
  /** By how much the client's resident set grew after start-up, see `rssGrowth`; null when it was not sampled. */
  rssGrowth: number | null;
}

/** What a variant is, known before it runs. */
export interface VariantDescription {
  /** Stable and unique within a result. */
  name: string;
  /** For people, one line. */
  label: string;
  group: VariantGroup;
  /** Rows of each measured run. */
  rows: number;
  /** True when `rows` is fewer than the experiment asks for: times for all rows are then extrapolated. */
  sampled: boolean;
}

/** One way of doing it with everything measured of it. */
export interface VariantResult extends VariantDescription {
  /** The warm-up: shown, part of no figure. */
  warmup: RecordedRun | null;
  runs: RecordedRun[];
  /** Over `runs`; null before the first. */
  rowsPerSecond: Spread | null;
  /** Median seconds for all rows of the experiment; extrapolated from the median rate when `sampled`. */
  allRowsSeconds: number | null;
}

/** What was measured when rows were put in. */
export interface RowsBody {
  kind: 'rows';
  /** How the chart orders the variants. */
  chartOrder: 'fastest-first' | 'as-listed';
  variants: VariantResult[];
}
