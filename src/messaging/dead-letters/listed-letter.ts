/**
 * Where a dead letter stands: `DEAD` waits for somebody, `REDRIVEN` was sent again and has not failed since, `PARKED`
 * was put aside by hand. A group does not handle a message again that is dead or parked.
 */
export type DeadLetterState = 'DEAD' | 'REDRIVEN' | 'PARKED';

/** A message that could not be handled, or sent. */
export interface DeadLetter {
  /** Within its database. */
  id: number;
  /** The group that could not handle it; '' when the transport would not take it. */
  group: string;
  messageId: string;
  topic: string;
  key: string;
  type: string;
  /** What was to handle it; '' when nothing was found that could. */
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
