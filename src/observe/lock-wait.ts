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
  /** Stays the same from look to look while the wait lasts. */
  id: string;
  waitingConnectionId: number;
  /**
   * When several connections hold the lock, the one with the oldest transaction. When none holds it, one that waits
   * itself.
   */
  blockingConnectionId: number;
  /** The first 1,024 characters. */
  waitingStatement: string | undefined;
  /**
   * The current statement of the other connection. On MySQL, when it is idle inside its transaction, its last
   * statement. It is not always the statement that took the lock. Undefined when the server does not tell it, as
   * MariaDB of an idle connection.
   */
  blockingStatement: string | undefined;
  /** Whole seconds. */
  waitSeconds: number;
  /** Number of locks before this one, the held lock included. */
  ahead: number;
  /** As the server names it: `X`, `S,REC_NOT_GAP`, `X,GAP,INSERT_INTENTION`. */
  lockMode: string;
  table: string;
  /** Undefined for a lock on a whole table. */
  index: string | undefined;
  /** Undefined when the lock is about no slot, or about the gap between two. */
  slot: LockedSlot | undefined;
  /** The locked key for people: `id=12`. */
  key: string;
}
