import type { KeyValue } from './key-values.js';

/** A lock on a record, before its slot is known. */
export interface RecordLock {
  table: string;
  /** Undefined for a lock on a whole table. */
  index: string | undefined;
  /** As performance_schema names it: `X,REC_NOT_GAP`. */
  mode: string;
  /** Fields of the locked record: those of the index, then those of the primary key as far as the server tells. */
  values: readonly KeyValue[];
  /** True for the end of the index, behind its last record. */
  isSupremum: boolean;
}

/** True when the lock is on inserts before the record, not on the record itself. */
export function isGapLock({ mode, isSupremum }: RecordLock): boolean {
  return isSupremum || /\b(GAP|INSERT_INTENTION)\b/.test(mode.replace('REC_NOT_GAP', ''));
}
