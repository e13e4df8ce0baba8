import type { LoadBody } from './load/load-result.js';
import type { RowsBody } from './rows/rows-result.js';
import type { Spread } from './statistics.js';

/** The version of {@link BenchResult}; a reader that meets a higher one must refuse it. */
export const resultSchemaVersion = 2;

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

/** Everything of an experiment but its measurements. */
export interface ResultEnvelope {
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
  figures: Figure[];
}

/** The measurements of an experiment, told apart by `kind`. */
export type ResultBody = RowsBody | LoadBody;

/** A whole experiment: the only source of its report and chart. */
export type BenchResult = ResultEnvelope & ResultBody;

/** A result whose measurements are of one kind. */
export type ResultOf<Body extends ResultBody> = ResultEnvelope & Body;
