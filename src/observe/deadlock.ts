import type { LockedSlot } from './lock-wait.js';
import type { RecordLock } from './record-lock.js';

/** A lock that a transaction in a deadlock held or waited for. */
export interface DeadlockLock extends RecordLock {
  schema: string;
  /** What is locked, for people; with the names of the columns where the schema was asked. */
  key: string;
  /** Undefined when the lock is about no slot of this schema, or nobody asked the schema. */
  slot: LockedSlot | undefined;
}

/** A transaction in a deadlock. */
export interface DeadlockTransaction {
  connectionId: number;
  /** The statement that waited; undefined when the server does not tell it. */
  statement: string | undefined;
  waitsFor: DeadlockLock | undefined;
  /** Of the locks it held, those that the others waited for, as far as the server tells. */
  holds: DeadlockLock[];
  /** True for the one that was rolled back. */
  isVictim: boolean;
}

/** The last deadlock of a server. */
export interface Deadlock {
  /** `YYYY-MM-DD HH:MM:SS` in the server's time zone. */
  at: string;
  transactions: DeadlockTransaction[];
  /** `UPDATE reservation_slot against INSERT INTO reservation on PRIMARY of reservation_slot`. */
  summary: string;
}
