import { onAbort } from '../abort/on-abort.js';
import { TablepickError } from '../errors.js';
import { type StopSignalName, signalExitCodes, stopSignalNames } from './exit-codes.js';

/** With npx, one Ctrl-C comes twice, from the terminal and from npm: a second signal this soon is the same one. */
const SAME_KEY_PRESS_MS = 300;

const ABORT_HINT = 'what was committed stays; the same command again goes on from there';

/** How a command learns that it must stop: the first signal asks for it, the second ends the command. */
export interface StopSignals {
  /** Fires at the first SIGINT, SIGTERM or SIGHUP. */
  readonly signal: AbortSignal;
  /** Rejects with `ABORTED` at the second signal, after the clean-ups have run. */
  readonly aborted: Promise<never>;
  /** Exit code of the first signal; undefined before it. */
  exitCode(): number | undefined;
  /** Sets the text that the first signal prints. */
  describe(text: () => string): void;
  /** Registers synchronous work for the second signal. The returned function removes it. */
  onAbort(cleanUp: () => void): () => void;
  /** Stops listening. */
  close(): void;
}

/** Resolves when the signal fires. */
export async function untilAborted(signal: AbortSignal): Promise<void> {
  await new Promise<void>((resolve) => onAbort(signal, resolve));
}

/**
 * Listens for SIGINT, SIGTERM and SIGHUP (the terminal was closed) until `close`; `say` receives the line for the user.
 */
export function listenForStop(say: (line: string) => void): StopSignals {
  const controller = new AbortController();
  const cleanUps = new Set<() => void>();
  let rejectAborted: (error: TablepickError) => void;
  const aborted = new Promise<never>((_resolve, reject) => (rejectAborted = reject));
  let description = (): string => 'stopping; press Ctrl-C again to abort at once';
  let first: { name: StopSignalName; atMs: number } | undefined;

  const listen = (name: StopSignalName): void => {
    if (first === undefined) {
      first = { name, atMs: performance.now() };
      say(description());
      controller.abort(new TablepickError('ABORTED', `stopped by ${name}`));
    } else if (performance.now() - first.atMs > SAME_KEY_PRESS_MS) {
      for (const cleanUp of cleanUps) cleanUp();
      rejectAborted(new TablepickError('ABORTED', `aborted by a second ${name}`, { hint: ABORT_HINT }));
    }
  };
  for (const name of stopSignalNames) process.on(name, listen);
  return {
    signal: controller.signal,
    aborted,
    exitCode: () => first && signalExitCodes[first.name],
    describe: (text) => void (description = text),
    onAbort: (cleanUp) => {
      cleanUps.add(cleanUp);
      return () => void cleanUps.delete(cleanUp);
    },
    close: () => {
      for (const name of stopSignalNames) process.off(name, listen);
    },
  };
}
