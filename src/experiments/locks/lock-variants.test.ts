import { expect, test } from 'vitest';

import { checkScene, checkScenes, sceneText } from './check-scene.js';
import { byHandWay, listLockVariants } from './lock-variants.js';

const refused: unknown = expect.objectContaining({ code: 'BAD_OPTION' });

test('every way runs at every point of a sweep and with every number of processes', () => {
  const variants = listLockVariants({
    ways: [byHandWay],
    scene: checkScene({}),
    processes: [1, 4],
    sweep: { parameter: 'pool', values: [8, 32] },
  });
  expect(variants.map(({ name, scene }) => [name, scene.pool, scene.processes])).toEqual([
    ['by-hand@pool=8', 8, 1],
    ['by-hand-4-processes@pool=8', 8, 4],
    ['by-hand@pool=32', 32, 1],
    ['by-hand-4-processes@pool=32', 32, 4],
  ]);
  expect(new Set(variants.map(({ series }) => series)).size).toBe(2);
});

test('with more clients there are more requests where each sends one, and as many where a number was asked for', () => {
  const sweep = { parameter: 'clients' as const, values: [10, 20] };
  const requests = (asked: number | undefined) =>
    listLockVariants({ ways: [byHandWay], scene: checkScene({ requests: asked }), processes: [1], sweep }).map(
      ({ scene }) => scene.shape.extent,
    );
  expect(requests(undefined)).toEqual([{ requests: 10 }, { requests: 20 }]);
  expect(requests(500)).toEqual([{ requests: 500 }, { requests: 500 }]);
});

test('slots do not sell out while a duration is measured, unless a capacity is given', () => {
  expect(checkScene({ durationMs: 1000 }).capacity).toBeGreaterThan(1e8);
  expect(checkScene({ durationMs: 1000, capacity: 7 }).capacity).toBe(7);
  expect(checkScene({}).capacity).toBe(100);
});

test.each([
  [{ clients: 0 }],
  [{ capacity: 1.5 }],
  [{ hotShare: 1.1 }],
  [{ hotShare: Number.NaN }],
  [{ ratePerSecond: 0 }],
  [{ requests: 0 }],
  [{ durationMs: 0 }],
  [{ requests: 5, durationMs: 1000 }],
])('a scene that cannot be is refused: %o', (options) => {
  expect(() => checkScene(options)).toThrow(refused);
});

test('more processes than clients, or more connections than the server has, are refused', () => {
  const [two] = listLockVariants({
    ways: [byHandWay],
    scene: checkScene({ clients: 2 }),
    processes: [3],
    sweep: null,
  });
  expect(() => checkScenes([two!.scene], 1000)).toThrow(refused);
  const [four] = listLockVariants({ ways: [byHandWay], scene: checkScene({}), processes: [4], sweep: null });
  expect(() => checkScenes([four!.scene], 142)).toThrow(refused);
  expect(() => checkScenes([four!.scene], 151)).not.toThrow();
});

test('the command of a report says what differs from the defaults, and the scene itself', () => {
  expect(sceneText({})).toBe(' --clients 150 --pool 32 --slots 1');
  expect(sceneText({ durationMs: 5000, hotShare: 0.5, ratePerSecond: 9, seed: 3 })).toBe(
    ' --clients 150 --pool 32 --slots 1 --hot-share 0.5 --duration 5000ms --rate 9 --seed 3',
  );
});
