import type { LockedSlot } from './lock-wait.js';
import type { RecordLock } from './record-lock.js';

/** A lock that a transaction in a deadlock held or waited for. */
export interface DeadlockLock extends RecordLock {
  schema: string;
  /** The locked key for people. When the schema was asked, it contains the names of the columns. */
  key: string;
  /** Undefined when the lock is about no slot of this schema, or the schema was not asked. */
  slot: LockedSlot | undefined;
}

/** A transaction in a deadlock. */
export interface DeadlockTransaction {
  connectionId: number;
  /** The statement that waited; undefined when the server does not tell it. */
  statement: string | undefined;
  waitsFor: DeadlockLock | undefined;
  /** Its held locks for which the others waited, as far as the server tells them. */
  holds: DeadlockLock[];
  /** True for the transaction that was rolled back. */
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
