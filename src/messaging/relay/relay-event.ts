import type { TablepickError } from '../../errors.js';

/** What a relay tells while it works. */
export type RelayEvent =
  | { kind: 'sent'; messages: number; ms: number }
  /** The transport will never take this message; it is in the dead letters. */
  | { kind: 'refused'; id: string; error: TablepickError }
  /** Nothing of the batch is marked; it is tried again after `waitMs`. */
  | { kind: 'failed'; error: unknown; waitMs: number };
