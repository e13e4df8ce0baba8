interface Listening {
  listeners: Set<() => void>;
  tellAll: () => void;
}

const listening = new WeakMap<AbortSignal, Listening>();

/**
 * Calls `listener` when `signal` aborts, at once when it has; never after the returned function was called. However
 * many listen, the signal carries one listener of ours, and none once nobody listens any more: Node warns of the
 * eleventh, and one signal may end any number of requests.
 */
export function onAbort(signal: AbortSignal | undefined, listener: () => void): () => void {
  if (signal === undefined) return () => {};
  if (signal.aborted) {
    listener();
    return () => {};
  }
  const { listeners, tellAll } = listening.get(signal) ?? listenTo(signal);
  // The same function may be given twice.
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
