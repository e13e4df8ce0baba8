import { setTimeout as sleep } from 'node:timers/promises';

import { expect, test } from 'vitest';

import { runClosedLoad } from './closed-load.js';
import { LatencyHistogram } from './latency-histogram.js';
import { mergeLoads } from './load-tally.js';
import type { LoadCall } from './load-tally.js';
import { arrivalTimes, runOpenLoad } from './open-load.js';

const soon = (): number => performance.now() + 5;

function take<Value>(values: Iterable<Value>, count: number): Value[] {
  const taken: Value[] = [];
  for (const value of values) if (taken.push(value) === count) break;
  return taken;
}

test('a closed load sends exactly the requests asked for, each once, and no client has two under way', async () => {
  const calls: LoadCall[] = [];
  const busy = new Set<number>();
  const { answers, unsent, serviceTime } = await runClosedLoad({
    clients: 7,
    extent: { requests: 50 },
    beginMs: soon(),
    request: async (call) => {
      expect(busy.has(call.client)).toBe(false);
      busy.add(call.client);
      calls.push(call);
      await sleep(call.sequence % 3);
      busy.delete(call.client);
      return call.sequence % 2 === 0 ? 'even' : 'odd';
    },
  });
  expect(answers).toEqual({ even: 25, odd: 25 });
  expect(calls.map((call) => call.sequence).toSorted((a, b) => a - b)).toEqual([...Array(50).keys()]);
  expect(new Set(calls.map((call) => call.client)).size).toBe(7);
  expect({ unsent, count: serviceTime.count }).toEqual({ unsent: 0, count: 50 });
});

test('a closed load by duration begins nothing after its end and waits for what is under way', async () => {
  const { seconds, answers } = await runClosedLoad({
    clients: 2,
    extent: { durationMs: 200 },
    beginMs: soon(),
    request: async () => {
      await sleep(250);
      return 'ok';
    },
  });
  expect(answers).toEqual({ ok: 2 });
  expect(seconds).toBeGreaterThan(0.24);
});

test('one bad request ends a load with its own error', async () => {
  const request = (): Promise<string> => Promise.reject(new Error('the load is broken'));
  const extent = { requests: 5 };
  await expect(runClosedLoad({ clients: 2, extent, beginMs: soon(), request })).rejects.toThrow('the load is broken');
  const arrivals = { ratePerSecond: 1000, spacing: 'fixed' as const, seed: 1 };
  const open = runOpenLoad({ arrivals, extent, mostInFlight: 2, beginMs: soon(), request });
  await expect(open).rejects.toThrow('the load is broken');
});

test('an open load counts the wait for a place from when the request was due: a stall is not hidden', async () => {
  let inFlight = 0;
  const { serviceTime, sinceIntended, answers } = await runOpenLoad({
    arrivals: { ratePerSecond: 1000, spacing: 'fixed', seed: 1 },
    extent: { requests: 20 },
    mostInFlight: 1,
    beginMs: soon(),
    request: async () => {
      expect((inFlight += 1)).toBe(1);
      await sleep(10);
      inFlight -= 1;
      return 'ok';
    },
  });
  expect(answers).toEqual({ ok: 20 });
  // One after the other takes 10 ms each, but they are due a millisecond apart.
  const [service, intended] = [serviceTime, sinceIntended].map((record) => LatencyHistogram.from(record));
  expect(intended?.maxMicros).toBeGreaterThan(19 * 9_000);
  expect(intended?.meanMicros).toBeGreaterThan(3 * (service?.meanMicros ?? 0));
});

test('requests without a place at the end of an open load are told, with their wait', async () => {
  const { answers, unsent, sinceIntended } = await runOpenLoad({
    arrivals: { ratePerSecond: 250, spacing: 'fixed', seed: 1 },
    extent: { durationMs: 200 },
    mostInFlight: 1,
    beginMs: soon(),
    request: async () => {
      await sleep(250);
      return 'ok';
    },
  });
  expect(answers).toEqual({ ok: 1 });
  expect(unsent).toBe(49);
  expect(sinceIntended.count).toBe(50);
});

test('arrivals are the same for the same seed, others for another, and as many a second as asked for', () => {
  const arrivals = { ratePerSecond: 500, spacing: 'exponential' as const, seed: 7 };
  const first = take(arrivalTimes(arrivals), 5000);
  expect(take(arrivalTimes(arrivals), 5000)).toEqual(first);
  expect(take(arrivalTimes({ ...arrivals, seed: 8 }), 5000)).not.toEqual(first);
  expect((first.at(-1) ?? 0) / 1000).toBeCloseTo(10, 0);
  expect(take(arrivalTimes({ ...arrivals, spacing: 'fixed' }), 3)).toEqual([0, 2, 4]);
});

test('processes that ran at once are one load: answers add up, the last one decides the time', () => {
  const record = (micros: number, seconds: number) => {
    const histogram = new LatencyHistogram();
    histogram.record(micros);
    const times = histogram.toRecord();
    return { answers: { ok: 1 }, seconds, serviceTime: times, sinceIntended: times, unsent: 1 };
  };
  const merged = mergeLoads([record(100, 1), record(300, 2)]);
  expect(merged).toMatchObject({ answers: { ok: 2 }, seconds: 2, unsent: 2 });
  expect(LatencyHistogram.from(merged.serviceTime).percentile(1)).toBe(300);
});
