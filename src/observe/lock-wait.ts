/** The slot that a lock is about. */
export interface LockedSlot {
  slotId: number;
  restaurantId: number;
  /** `YYYY-MM-DD`. */
  date: string;
  /** `HH:MM`. */
  time: string;
}

/** One connection that waits for a lock, and the connection it waits for. */
export interface LockWait {
  /** Is the same at the next look while the wait lasts. */
  id: string;
  waitingConnectionId: number;
  /**
   * Of several that hold the lock, the one whose transaction is the oldest; one that waits itself only where nobody
   * holds it.
   */
  blockingConnectionId: number;
  /** The first 1,024 characters. */
  waitingStatement: string | undefined;
  /**
   * What the other runs now; on MySQL, while it is idle inside its transaction, what it ran last. Not always the
   * statement that took the lock. Undefined where the server does not tell, as MariaDB of an idle connection.
   */
  blockingStatement: string | undefined;
  /** Whole seconds. */
  waitSeconds: number;
  /** How many locks stand before this one, the one that is held among them. */
  ahead: number;
  /** As the server names it: `X`, `S,REC_NOT_GAP`, `X,GAP,INSERT_INTENTION`. */
  lockMode: string;
  table: string;
  /** Undefined for a lock on a whole table. */
  index: string | undefined;
  /** Undefined when the lock is about no slot, or about the gap between two. */
  slot: LockedSlot | undefined;
  /** What is locked, for people: `id=12`. */
  key: string;
}
