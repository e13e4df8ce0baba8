import type { PlanBox } from '../plan/index.js';

/** What a worker thread is asked for. */
export interface BuildRequest {
  /** `values`: `(1,'2026-12-01','07:00',100),(…)`; `lines`: tab-separated, one a line. */
  form: 'values' | 'lines';
  box: PlanBox;
  /** Most rows and bytes of one part. */
  maxRows: number;
  maxBytes: number;
}

/** Sent by a worker thread: the parts asked for, in plan order, or why there are none. */
export type BuildAnswer = { parts: Uint8Array[] } | { error: string };
