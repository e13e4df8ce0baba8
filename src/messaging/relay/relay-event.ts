import type { TablepickError } from '../../errors.js';

/** Events that a relay reports. */
export type RelayEvent =
  | { kind: 'sent'; messages: number; ms: number }
  /** The transport will never take this message; it goes to the dead letters. */
  | { kind: 'refused'; id: string; error: TablepickError }
  /** Nothing of the batch is marked; it is tried again after `waitMs`. */
  | { kind: 'failed'; error: unknown; waitMs: number };
