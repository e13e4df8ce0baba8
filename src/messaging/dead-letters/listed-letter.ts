/**
 * State of a dead letter. `DEAD` waits for somebody. `REDRIVEN` was sent again and has not failed since. `PARKED` was
 * put aside by hand. When a message is dead or parked, its group does not handle it again.
 */
export type DeadLetterState = 'DEAD' | 'REDRIVEN' | 'PARKED';

/** A message that could not be handled, or sent. */
export interface DeadLetter {
  /** Unique within its database. */
  id: number;
  /** The group that could not handle it; '' when the transport would not take it. */
  group: string;
  messageId: string;
  topic: string;
  key: string;
  type: string;
  /** Name of its handler; '' when none was found. */
  handler: string;
  /** Code of a `TablepickError`, or name of another error. */
  reason: string;
  error: string;
  /** Tries in all, over all redrives. */
  attempts: number;
  /** First failure. */
  firstAt: Date;
  /** Last failure, by the database's clock. */
  lastAt: Date;
  state: DeadLetterState;
  redrives: number;
  /** Why it was parked. */
  note: string | undefined;
}
