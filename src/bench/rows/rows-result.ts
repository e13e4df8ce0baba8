import type { ProcessUse, RunPlace, VariantGroup } from '../run-facts.js';
import type { Spread } from '../statistics.js';

/** The numbers of one run of one variant that inserts rows. */
export interface RunMeasurement {
  /** Rows that were inserted and verified. */
  rows: number;
  /** Wall time of the insert. */
  seconds: number;
  rowsPerSecond: number;
  /** Wall time of the proof afterwards, not part of `seconds`. */
  verifySeconds: number | null;
  client: ProcessUse | null;
  /** CPU time of the database server during the run; null when it runs elsewhere or may not be read. */
  serverCpuSeconds: number | null;
  /** Further notes: connections, chunks, retries. */
  details: Record<string, number | string>;
}

/** A run with its place in the experiment. */
export interface RecordedRun extends RunMeasurement, RunPlace {
  /** Growth of the client's resident set after start-up, see `rssGrowth`; null when it was not sampled. */
  rssGrowth: number | null;
}

/** The description of a variant, known before it runs. */
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

/** A variant with all its measurements. */
export interface VariantResult extends VariantDescription {
  /** The warm-up. It is shown, but no figure uses it. */
  warmup: RecordedRun | null;
  runs: RecordedRun[];
  /** The spread over `runs`; null before the first run. */
  rowsPerSecond: Spread | null;
  /** Median seconds for all rows of the experiment; extrapolated from the median rate when `sampled`. */
  allRowsSeconds: number | null;
}

/** The measurements of an experiment that inserts rows. */
export interface RowsBody {
  kind: 'rows';
  /** The order of the variants in the chart. */
  chartOrder: 'fastest-first' | 'as-listed';
  variants: VariantResult[];
}
