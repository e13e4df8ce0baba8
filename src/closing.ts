import { joinFailures } from './errors.js';

/** Collects the things to close. */
export interface Closing {
  /** Registers `close`. It runs after everything that was opened later is closed. */
  onClose(close: () => Promise<void> | void): void;
}

/** Several things that were opened as one. */
export interface OpenedTogether<T> {
  opened: T;
  /** Closes all of them, latest first. Failures join the first one. A second call waits for the same end. */
  close(): Promise<void>;
}

/**
 * Opens several things, all or none: when `open` fails, everything that it has opened is closed, latest first. Failures
 * to close join the first one.
 *
 * @throws What `open` throws.
 */
export async function openTogether<T>(open: (closing: Closing) => Promise<T>): Promise<OpenedTogether<T>> {
  const closers: (() => Promise<void> | void)[] = [];
  try {
    const opened = await open({ onClose: (close) => void closers.push(close) });
    let closed: Promise<void> | undefined;
    return { opened, close: () => (closed ??= closeLatestFirst(closers, undefined)) };
  } catch (error) {
    await closeLatestFirst(closers, { error });
    throw error;
  }
}

/**
 * Runs `work`, then always closes everything that it has opened, latest first. Failures to close join the first one.
 */
export async function withClosing<T>(work: (closing: Closing) => Promise<T>): Promise<T> {
  const { opened: result, close } = await openTogether(work);
  await close();
  return result;
}

/** Something at work that {@link Stoppable.stop} ends, also by `await using`. */
export interface Stoppable extends AsyncDisposable {
  stop(): Promise<void>;
}

/** What `stop` ends. It runs once: later calls wait for the same end. */
export function stoppable(stop: () => Promise<void>): Stoppable {
  let stopped: Promise<void> | undefined;
  const stopOnce = (): Promise<void> => (stopped ??= stop());
  return { stop: stopOnce, [Symbol.asyncDispose]: stopOnce };
}

/** Runs `work`, then always `close`. A failure to close joins the first one. */
export async function closeAfter<T>(close: () => Promise<void> | void, work: () => Promise<T>): Promise<T> {
  return withClosing(({ onClose }) => {
    onClose(close);
    return work();
  });
}

async function closeLatestFirst(
  closers: readonly (() => Promise<void> | void)[],
  before: { error: unknown } | undefined,
): Promise<void> {
  let failure = before;
  for (const close of closers.toReversed()) {
    try {
      await close();
    } catch (error) {
      failure = { error: failure === undefined ? error : joinFailures(failure.error, error) };
    }
  }
  if (failure !== undefined) throw failure.error;
}
