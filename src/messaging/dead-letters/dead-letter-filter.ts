import type { DeadLetterState } from './listed-letter.js';

/** Which dead letters are meant. A letter must fit all fields that are set. */
export interface DeadLetterFilter {
  ids?: readonly number[] | undefined;
  state?: DeadLetterState | undefined;
  /** Empty for letters that the transport refused. */
  group?: string | undefined;
  topic?: string | undefined;
  type?: string | undefined;
  reason?: string | undefined;
  key?: string | undefined;
  /** Their last failure was at this time or later. */
  since?: Date | undefined;
  /** Most letters, 1 or more. */
  limit?: number | undefined;
  /** Only letters with a larger id. */
  afterId?: number | undefined;
}
