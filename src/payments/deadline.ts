/** What ends a piece of work before it is done. */
export interface Deadline {
  timeoutMs: number;
  /** Whichever aborts first; the signal that `work` gets carries its reason. */
  signals?: readonly (AbortSignal | undefined)[] | undefined;
}

/**
 * Lends `work` a signal that aborts after `timeoutMs` or with one of `signals`, and lets go of both when the work is done. The timer is its own:
 * Node 20 lets a collected `AbortSignal.timeout` inside `AbortSignal.any` never fire.
 *
 * @throws What `work` throws.
 */
export async function withDeadline<T>(deadline: Deadline, work: (signal: AbortSignal) => Promise<T>): Promise<T> {
  const { timeoutMs, signals = [] } = deadline;
  const controller = new AbortController();
  const late = () => controller.abort(new Error(`no answer within ${timeoutMs} ms`));
  const timer = setTimeout(late, timeoutMs);
  const stops = signals.map((signal) => follow(signal, controller));
  try {
    return await work(controller.signal);
  } finally {
    clearTimeout(timer);
    for (const stop of stops) stop();
  }
}

/** Waits `ms` milliseconds, or until one of `signals` aborts: the caller looks at them. */
export async function pause(ms: number, signals: Deadline['signals']): Promise<void> {
  if (ms <= 0) return;
  await withDeadline({ timeoutMs: ms, signals }, async (signal) => {
    if (!signal.aborted) await new Promise((resolve) => signal.addEventListener('abort', resolve, { once: true }));
  });
}

interface Followers {
  controllers: Set<AbortController>;
  abort: () => void;
}

/** One listener a signal, however many wait: Node 20 warns of the eleventh. */
const following = new WeakMap<AbortSignal, Followers>();

function follow(signal: AbortSignal | undefined, controller: AbortController): () => void {
  if (signal === undefined) return () => {};
  if (signal.aborted) controller.abort(signal.reason);
  const { controllers } = following.get(signal) ?? listenTo(signal);
  controllers.add(controller);
  return () => {
    controllers.delete(controller);
    if (controllers.size === 0) letGo(signal);
  };
}

function listenTo(signal: AbortSignal): Followers {
  const controllers = new Set<AbortController>();
  const abort = () => {
    for (const controller of controllers) controller.abort(signal.reason);
  };
  const followers = { controllers, abort };
  signal.addEventListener('abort', abort, { once: true });
  following.set(signal, followers);
  return followers;
}

function letGo(signal: AbortSignal): void {
  const followers = following.get(signal);
  if (followers === undefined || followers.controllers.size > 0) return;
  signal.removeEventListener('abort', followers.abort);
  following.delete(signal);
}
