import type { PlanBox } from '../plan/index.js';

/** A request to a worker thread. */
export interface BuildRequest {
  /** `values`: `(1,'2026-12-01','07:00',100,0,0),(…)`. `lines`: tab-separated values, one row per line. */
  form: 'values' | 'lines';
  box: PlanBox;
  /** Maximum rows and bytes of one part. */
  maxRows: number;
  maxBytes: number;
}

/** The answer of a worker thread: the parts in plan order, or an error. */
export type BuildAnswer = { parts: Uint8Array[] } | { error: string };
