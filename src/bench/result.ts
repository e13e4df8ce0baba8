import type { Spread } from './statistics.js';

/** The version of {@link BenchResult}; a reader that meets a higher one must refuse it. */
export const resultSchemaVersion = 1;

/** What one process used up while it was measured. */
export interface ProcessUse {
  userCpuSeconds: number;
  systemCpuSeconds: number;
  /** Largest resident set the process ever had, its start included; null where the system does not tell. */
  peakRssBytes: number | null;
  /** Resident set over time, evenly thinned; empty when nobody sampled. */
  rssSamples: RssSample[];
}

/** The resident set of a process at one moment. */
export interface RssSample {
  /** Seconds since the measurement began. */
  atSeconds: number;
  bytes: number;
}

/** The numbers of one run of one variant. */
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
export interface RecordedRun extends RunMeasurement {
  /** 0 for the warm-up, then 1, 2, … */
  round: number;
  /** Place within its round, 1 first. */
  position: number;
  /** ISO 8601, UTC. */
  startedAt: string;
  /** By how much the client's resident set grew after start-up, see `rssGrowth`; null when it was not sampled. */
  rssGrowth: number | null;
}

/** Whose way of doing it a variant is; charts colour by it. */
export type VariantGroup = 'tablepick' | 'by-hand' | 'peer';

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

/** A goal a figure is held against. */
export type Goal = { atLeast: number } | { atMost: number };

/** A number that answers the question, made within rounds so that drift of the machine cancels. */
export interface Figure {
  /** Stable and unique within a result. */
  name: string;
  /** For people, one line. */
  title: string;
  unit: 'times' | 'share' | 'bytes';
  /** One value a round, in order. */
  values: number[];
  spread: Spread;
  goal: Goal | null;
  /** The median against the goal; null without one. */
  met: boolean | null;
}

/** The machine the client ran on. */
export interface MachineFacts {
  os: string;
  cpuModel: string;
  cpus: number;
  memoryBytes: number;
  node: string;
}

/** The server as it was during the experiment. */
export interface ServerFacts {
  flavour: string;
  version: string;
  /** True when its process could be found on this machine, so that its CPU time is known. */
  local: boolean;
  settings: Record<string, string>;
}

/** The revision of the source that ran; null outside a clone. */
export interface SourceRevision {
  commit: string;
  /** True when tracked source differed from the commit. */
  dirty: boolean;
}

/** A whole experiment: the only source of its report and chart. */
export interface BenchResult {
  schemaVersion: typeof resultSchemaVersion;
  question: string;
  title: string;
  /** ISO 8601, UTC. */
  startedAt: string;
  /** Null while it runs or when it was stopped. */
  finishedAt: string | null;
  command: string;
  tablepickVersion: string;
  revision: SourceRevision | null;
  machine: MachineFacts;
  server: ServerFacts;
  parameters: Record<string, number | string | boolean | null>;
  /** Measured rounds asked for and complete. */
  rounds: { planned: number; done: number };
  /** What a reader must know to read the numbers rightly. */
  notes: string[];
  /** How the chart orders the variants. */
  chartOrder: 'fastest-first' | 'as-listed';
  variants: VariantResult[];
  figures: Figure[];
}
