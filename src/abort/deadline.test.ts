import { getEventListeners } from 'node:events';

import { describe, expect, it } from 'vitest';

import { pause, withDeadline } from './deadline.js';

function untilAborted(signal: AbortSignal): Promise<never> {
  return new Promise((_, reject) => {
    if (signal.aborted) reject(signal.reason as Error);
    signal.addEventListener('abort', () => reject(signal.reason as Error));
  });
}

describe('a deadline', () => {
  it('ends work that takes too long', async () => {
    await expect(withDeadline({ timeoutMs: 5 }, untilAborted)).rejects.toThrow('no answer within 5 ms');
  });

  it('ends work with any of the signals, for its reason', async () => {
    const stopping = new AbortController();
    const signals = [undefined, new AbortController().signal, stopping.signal];
    const ended = withDeadline({ timeoutMs: 60_000, signals }, untilAborted);
    stopping.abort(new Error('enough'));
    await expect(ended).rejects.toThrow('enough');
    await expect(withDeadline({ timeoutMs: 60_000, signals }, untilAborted)).rejects.toThrow('enough');
  });

  it('listens to a signal once, however many wait for it, and not when nobody does', async () => {
    const { signal } = new AbortController();
    const listeners = () => getEventListeners(signal, 'abort').length;
    const works = Array.from({ length: 20 }, (_, ms) => pause(ms + 1, [signal]));
    expect(listeners()).toBe(1);
    await Promise.all(works);
    expect(listeners()).toBe(0);
  });

  it('of one work leaves the others of its signal alone', async () => {
    const stopping = new AbortController();
    const signals = [stopping.signal];
    const ended = withDeadline({ timeoutMs: 60_000, signals }, untilAborted);
    await pause(1, signals);
    stopping.abort(new Error('enough'));
    await expect(ended).rejects.toThrow('enough');
  });
});
