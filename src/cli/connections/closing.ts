import { joinFailures } from '../../errors.js';

/** Collects the things to close. */
export interface Closing {
  /** Registers `close`. It runs after everything that was opened later is closed. */
  onClose(close: () => Promise<void>): void;
}

/**
 * Runs `work`, then always closes everything that it has opened, latest first. Failures to close join the first one.
 */
export async function withClosing<T>(work: (closing: Closing) => Promise<T>): Promise<T> {
  const closers: (() => Promise<void>)[] = [];
  let failure: { error: unknown } | undefined;
  const note = (error: unknown): void => {
    failure = { error: failure === undefined ? error : joinFailures(failure.error, error) };
  };
  const result = await work({ onClose: (close) => void closers.push(close) }).catch(note);
  for (const close of closers.reverse()) await close().catch(note);
  if (failure !== undefined) throw failure.error;
  return result as T;
}
