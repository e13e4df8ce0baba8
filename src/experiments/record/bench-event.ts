import type { LoadRun } from '../../bench/load/load-result.js';
import type { RecordedRun } from '../../bench/rows/rows-result.js';

/** The events of an experiment. */
export type BenchEvent =
  | { kind: 'preparing-peer'; peer: string; folder: string }
  | { kind: 'round-started'; round: number; repeat: number; isWarmup: boolean; order: readonly string[] }
  | { kind: 'run-started'; variant: string; label: string; round: number; rows: number }
  | { kind: 'run-progress'; variant: string; rowsDone: number; rows: number }
  | { kind: 'run-done'; variant: string; label: string; run: RecordedRun }
  | { kind: 'load-started'; variant: string; label: string; round: number }
  /** `good`: the answer that goodput counts. */
  | { kind: 'load-done'; variant: string; label: string; good: string; run: LoadRun }
  | { kind: 'written'; folder: string };
