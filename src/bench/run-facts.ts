/** The resources that one process used while it was measured. */
export interface ProcessUse {
  userCpuSeconds: number;
  systemCpuSeconds: number;
  /** Largest resident set of the process, its start included; null when the system does not tell it. */
  peakRssBytes: number | null;
  /** Resident set over time, evenly thinned; empty when it was not sampled. */
  rssSamples: RssSample[];
}

/** The resident set of a process at one moment. */
export interface RssSample {
  /** Seconds since the measurement began. */
  atSeconds: number;
  bytes: number;
}

/** The place of a run in its experiment. */
export interface RunPlace {
  /** 0 for the warm-up, then 1, 2, … */
  round: number;
  /** Place within its round, 1 first. */
  position: number;
  /** ISO 8601, UTC. */
  startedAt: string;
}

/** The author of a variant's way. Charts colour by it. */
export type VariantGroup = 'tablepick' | 'by-hand' | 'peer';
