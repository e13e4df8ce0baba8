import type { DeadLetterState } from './listed-letter.js';

/** Which dead letters are meant: those that fit all that is named. */
export interface DeadLetterFilter {
  ids?: readonly number[] | undefined;
  state?: DeadLetterState | undefined;
  /** Empty for those that the transport refused. */
  group?: string | undefined;
  topic?: string | undefined;
  type?: string | undefined;
  reason?: string | undefined;
  key?: string | undefined;
  /** Failed then or later. */
  since?: Date | undefined;
  /** Most letters, 1 or more. */
  limit?: number | undefined;
  /** Goes on behind that id. */
  afterId?: number | undefined;
}
