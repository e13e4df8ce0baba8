interface Listening {
  listeners: Set<() => void>;
  tellAll: () => void;
}

const listening = new WeakMap<AbortSignal, Listening>();

/**
 * Calls `listener` when `signal` aborts. When it has aborted already, calls it at once. After the returned function was
 * called, it is never called. The signal gets only one event listener for all calls, because Node warns at the eleventh
 * and one signal may end many requests. When nobody listens any more, the event listener is removed.
 */
export function onAbort(signal: AbortSignal | undefined, listener: () => void): () => void {
  if (signal === undefined) return () => {};
  if (signal.aborted) {
    listener();
    return () => {};
  }
  const { listeners, tellAll } = listening.get(signal) ?? listenTo(signal);
  // A caller may register the same function twice.
  const own = (): void => listener();
  listeners.add(own);
  return () => {
    if (!listeners.delete(own) || listeners.size > 0) return;
    signal.removeEventListener('abort', tellAll);
    listening.delete(signal);
  };
}

function listenTo(signal: AbortSignal): Listening {
  const listeners = new Set<() => void>();
  const tellAll = (): void => {
    for (const listener of listeners) listener();
  };
  signal.addEventListener('abort', tellAll, { once: true });
  listening.set(signal, { listeners, tellAll });
  return { listeners, tellAll };
}
