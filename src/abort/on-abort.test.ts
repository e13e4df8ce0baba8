import { getEventListeners } from 'node:events';

import { expect, it } from 'vitest';

import { onAbort } from './on-abort.js';
import { sleepUnlessAborted } from './sleep-unless-aborted.js';
import { withOwnSignal } from './with-own-signal.js';

function listenersOf(signal: AbortSignal): number {
  return getEventListeners(signal, 'abort').length;
}

it('tells all who listen, once, over one listener; not those who listen no more', () => {
  const controller = new AbortController();
  const { signal } = controller;
  const told: number[] = [];
  const forget = Array.from({ length: 100 }, (_, index) => onAbort(signal, () => told.push(index)));
  expect(listenersOf(signal)).toBe(1);
  for (const each of forget.slice(2)) each();
  controller.abort();
  controller.abort();
  expect(told).toEqual([0, 1]);
  expect(listenersOf(signal)).toBe(0);
});

it('tells at once of a signal that has aborted, and never of none', () => {
  const told: number[] = [];
  onAbort(AbortSignal.abort(), () => told.push(1))();
  onAbort(undefined, () => told.push(2))();
  expect(told).toEqual([1]);
});

it('leaves a signal as it was, also when somebody stops listening twice', () => {
  const { signal } = new AbortController();
  const first = onAbort(signal, () => {});
  first();
  expect(listenersOf(signal)).toBe(0);
  const others = [onAbort(signal, () => {}), onAbort(signal, () => {})];
  first();
  others.push(onAbort(signal, () => {}));
  expect(listenersOf(signal)).toBe(1);
  for (const each of others) each();
  expect(listenersOf(signal)).toBe(0);
});

it('lets one listener stop another while they are told', () => {
  const controller = new AbortController();
  const told: string[] = [];
  let forgetSecond = (): void => {};
  onAbort(controller.signal, () => {
    told.push('first');
    forgetSecond();
  });
  forgetSecond = onAbort(controller.signal, () => told.push('second'));
  controller.abort();
  expect(told).toEqual(['first']);
});

it('ends every sleep with its signal, and leaves nothing behind', async () => {
  const controller = new AbortController();
  const { signal } = controller;
  await Promise.all(Array.from({ length: 20 }, () => sleepUnlessAborted(1, signal)));
  expect(listenersOf(signal)).toBe(0);
  const asleep = Promise.all(Array.from({ length: 50 }, () => sleepUnlessAborted(2 ** 30, signal)));
  expect(listenersOf(signal)).toBe(1);
  controller.abort();
  await asleep;
  await sleepUnlessAborted(2 ** 30, signal);
  await sleepUnlessAborted(1, undefined);
});

it('gives a signal that aborts with the first of several, until the work is done', async () => {
  const [one, other] = [new AbortController(), new AbortController()];
  const reason = new Error('enough');
  const ended = withOwnSignal([one.signal, undefined, other.signal], async (signal) => {
    await sleepUnlessAborted(2 ** 30, signal);
    return signal.reason as Error;
  });
  other.abort(reason);
  expect(await ended).toBe(reason);
  expect(listenersOf(one.signal)).toBe(0);
  await expect(withOwnSignal([one.signal], () => Promise.reject(reason))).rejects.toBe(reason);
  expect(listenersOf(one.signal)).toBe(0);
});
