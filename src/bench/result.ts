import type { LoadBody } from './load/load-result.js';
import type { RowsBody } from './rows/rows-result.js';
import type { Spread } from './statistics.js';

/** The version of {@link BenchResult}; a reader that meets a higher one must refuse it. */
export const resultSchemaVersion = 2;

/** The goal of a figure. */
export type Goal = { atLeast: number } | { atMost: number };

/** A number that answers the question. It is computed within rounds, so that a drift of the machine has no effect. */
export interface Figure {
  /** Stable and unique within a result. */
  name: string;
  /** For people, one line. */
  title: string;
  unit: 'times' | 'share' | 'bytes' | 'count' | 'ms' | 'per-second';
  /** One value a round, in order. */
  values: number[];
  spread: Spread;
  goal: Goal | null;
  /** Whether the median keeps the goal; null without a goal. */
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
  /** True when tracked source files differed from the commit. */
  dirty: boolean;
}

/** The data of an experiment without its measurements. */
export interface ResultEnvelope {
  schemaVersion: typeof resultSchemaVersion;
  question: string;
  title: string;
  /** ISO 8601, UTC. */
  startedAt: string;
  /** Null while the experiment runs, or when it was stopped. */
  finishedAt: string | null;
  command: string;
  tablepickVersion: string;
  revision: SourceRevision | null;
  machine: MachineFacts;
  server: ServerFacts;
  parameters: Record<string, number | string | boolean | null>;
  /** Numbers of measured rounds: asked for, and complete. */
  rounds: { planned: number; done: number };
  /** Notes that a reader needs to understand the numbers. */
  notes: string[];
  figures: Figure[];
}

/** The measurements of an experiment, distinguished by `kind`. */
export type ResultBody = RowsBody | LoadBody;

/** A whole experiment: the only source of its report and chart. */
export type BenchResult = ResultEnvelope & ResultBody;

/** A result whose measurements are of one kind. */
export type ResultOf<Body extends ResultBody> = ResultEnvelope & Body;
