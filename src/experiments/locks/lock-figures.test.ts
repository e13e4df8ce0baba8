import { expect, test } from 'vitest';

import type { LoadRun, LoadVariant } from '../../bench/load/load-result.js';
import { emptyLoadVariant } from '../../bench/load/record-load.js';
import { checkScene } from './check-scene.js';
import type { SceneOptions } from './check-scene.js';
import { lockFigures } from './lock-figures.js';
import { byHandWay, listLockVariants } from './lock-variants.js';
import type { LockVariant, LockWay, Sweep } from './lock-variants.js';

const names = ['optimistic', 'pessimistic', 'atomic', 'combining', 'adaptive'];
const ways: LockWay[] = [
  ...names.map((name): LockWay => ({
    name,
    label: name,
    group: 'tablepick',
    claims: true,
    claimsNoDeadlock: true,
    way: { kind: 'strategy', strategy: name, module: null, redisUrl: null, recordsSaga: false },
  })),
  byHandWay,
];

interface Planned {
  scene?: SceneOptions;
  processes?: number[];
  sweep?: Sweep;
}

function plan({ scene = {}, processes = [1], sweep }: Planned): LockVariant[] {
  return listLockVariants({ ways, scene: checkScene(scene), processes, sweep: sweep ?? null });
}

/** A variant with a run for each of `rates`, in reservations a second. */
function measured(description: LockVariant, rates: readonly number[]): LoadVariant {
  const runs = rates.map((rate, index): LoadRun => ({
    round: index + 1,
    position: 1,
    startedAt: '2026-12-01T00:00:00.000Z',
    answers: { reserved: rate },
    unsent: 0,
    seconds: 1,
    times: {},
    transactions: { begun: 0, rolledBack: 0, deadlocked: 0 },
    latencies: {
      sinceIntended: { count: 1, meanMs: 1000 / rate, p50Ms: 1000 / rate, p95Ms: 0, p99Ms: 2000 / rate, maxMs: 0 },
    },
    server: {
      deadlocks: 0,
      lockWaits: 0,
      lockWaitSeconds: 0,
      commits: 0,
      rollbacks: 0,
      commitSeconds: null,
    },
    client: null,
    serverCpuSeconds: null,
    verdict: { right: true, text: 'right' },
    answersPerSecond: rate,
    goodPerSecond: rate,
  }));
  return { ...emptyLoadVariant(description), runs };
}

const rates: Record<string, number[]> = {
  optimistic: [10, 900],
  pessimistic: [100, 100],
  atomic: [200, 100],
  combining: [4000, 9000],
  adaptive: [3800, 8100],
  'by-hand': [220, 110],
  'combining-4-processes': [1000, 3000],
};

function figures(planned: Planned): ReturnType<typeof lockFigures> {
  const variants = plan(planned);
  const runs = variants.map((each) => measured(each, rates[each.name.replace(/@.*/, '')] ?? [1, 1]));
  return lockFigures(runs, variants);
}

function goalsMet(planned: Planned): Record<string, boolean | null> {
  return Object.fromEntries(figures(planned).map(({ name, met }) => [name, met]));
}

test("ratios are taken against the best rival of each round, not against one rival's median", () => {
  const best = figures({}).find(({ name }) => name === 'combining-vs-row-locks');
  expect(best?.values).toEqual([20, 10]);
});

test("the original's scene has its goal, and the same numbers in another scene have none", () => {
  expect(goalsMet({})).toMatchObject({ 'combining-vs-pessimistic-time': true, 'combining-vs-row-locks': null });
  expect(goalsMet({ scene: { capacity: 101 } })['combining-vs-pessimistic-time']).toBeNull();
  expect(goalsMet({ scene: { clients: 149 } })['combining-vs-pessimistic-time']).toBeNull();
  expect(goalsMet({ scene: { ratePerSecond: 100 } })['combining-vs-pessimistic-time']).toBeNull();
});

test('the hot slot wants 50 times, the even spread 12 times, and a tail below the middle of pessimistic', () => {
  const thousand = { clients: 1000, durationMs: 10_000 };
  const hot = goalsMet({ scene: thousand, processes: [1, 4] });
  expect(hot).toMatchObject({
    'combining-vs-row-locks': false,
    'combining-p99-vs-pessimistic-p50': true,
    'four-processes-vs-one': false,
  });
  const even = goalsMet({ scene: { ...thousand, slots: 10_000 } });
  expect(even).toMatchObject({ 'combining-vs-row-locks': true, 'combining-p99-vs-pessimistic-p50': true });
  expect(even).not.toHaveProperty('four-processes-vs-one');
  expect(goalsMet({ scene: { ...thousand, slots: 10_000, hotShare: 0.5 } })['combining-vs-row-locks']).toBeNull();
  expect(goalsMet({ scene: { ...thousand, capacity: 5000 } })['combining-vs-row-locks']).toBeNull();
});

test('the price of the library and of choosing by measurement have goals in any scene', () => {
  const all = figures({ scene: { clients: 7, durationMs: 5000 } });
  const find = (name: string) => all.find((figure) => figure.name === name);
  expect(find('overhead')?.values.map((value) => value.toFixed(2))).toEqual(['1.10', '1.10']);
  expect(find('overhead')?.met).toBe(true);
  expect(find('adaptive-vs-best')?.values).toEqual([0.95, 0.9]);
  expect(find('adaptive-vs-best')?.met).toBe(true);
});

test('a sweep has the figures of each of its points, and one client alone its own', () => {
  const sweep = { parameter: 'clients' as const, values: [1, 150] };
  const met = goalsMet({ sweep, scene: { durationMs: 5000 } });
  expect(met['combining-vs-atomic-alone@1']).toBe(true);
  expect(met).not.toHaveProperty('combining-vs-atomic-alone@150');
  const original = goalsMet({ sweep: { ...sweep, values: [75, 150] } });
  expect(original['combining-vs-pessimistic-time@150']).toBe(true);
  expect(original['combining-vs-pessimistic-time@75']).toBeNull();
});

test('a mere trial misses no goal', () => {
  const trials = [{ clients: 149 }, { clients: 1000, durationMs: 4999 }].map((scene) => goalsMet({ scene }));
  for (const met of trials) expect(new Set(Object.values(met))).toEqual(new Set([null]));
});
