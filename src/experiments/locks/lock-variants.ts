import type { LoadVariantDescription } from '../../bench/load/load-result.js';
import { formatCount } from '../../report/format-numbers.js';
import type { FoundStrategy } from './find-strategy.js';
import type { LoadWay } from './load-job.js';
import type { LoadScene, SceneSettings } from './measure-load.js';

/** The parameters that can be swept. */
export type SweepParameter = 'clients' | 'hot-share' | 'pool';

/** One parameter of the scene at several values. */
export interface Sweep {
  parameter: SweepParameter;
  values: readonly number[];
}

/** A way of reserving, without a scene. */
export interface LockWay extends Pick<LoadVariantDescription, 'name' | 'label' | 'group' | 'claims'> {
  claimsNoDeadlock: boolean;
  way: LoadWay;
}

/** A variant that is measured. */
export type LockVariant = LoadVariantDescription & { scene: LoadScene };

/** The facts that decide the list of variants. */
export interface LockVariantRequest {
  ways: readonly LockWay[];
  /** The scene without its way, its processes and the swept parameter. */
  scene: SceneSettings;
  /** Numbers of processes. Every way is measured with each number. */
  processes: readonly number[];
  sweep: Sweep | null;
}

/** The way of a strategy through `createReservations`. */
export function strategyWay({ strategy, module }: FoundStrategy, redisUrl: string | undefined): LockWay {
  const { name, guarantees } = strategy;
  const claims = guarantees.noOverbooking && guarantees.noLostUpdate;
  const way = { kind: 'strategy' as const, strategy: name, module, redisUrl: redisUrl ?? null, recordsSaga: false };
  return { name, label: name, group: 'tablepick', claims, claimsNoDeadlock: guarantees.noDeadlock, way };
}

/** The same way with the message of the saga for each reservation. Undefined for statements by hand. */
export function withSaga({ way, name, label, ...others }: LockWay): LockWay | undefined {
  if (way.kind !== 'strategy') return undefined;
  return { ...others, name: `${name}-saga`, label: `${label} with recordSaga()`, way: { ...way, recordsSaga: true } };
}

/** The statements of `atomic` without the library around them. */
export const byHandWay: LockWay = {
  name: 'by-hand',
  label: "atomic's statements by hand",
  group: 'by-hand',
  claims: true,
  claimsNoDeadlock: false,
  way: { kind: 'by-hand-atomic' },
};

/** Every variant of the experiment, as the report lists them. */
export function listLockVariants({ ways, scene, processes, sweep }: LockVariantRequest): LockVariant[] {
  const points = sweep === null ? [null] : sweep.values;
  return points.flatMap((point) =>
    ways.flatMap((way) => processes.map((count) => variantOf(way, count, { scene, sweep, point }))),
  );
}

function variantOf(
  { way, name, label, group, claims, claimsNoDeadlock }: LockWay,
  processes: number,
  { scene, sweep, point }: Pick<LockVariantRequest, 'scene' | 'sweep'> & { point: number | null },
): LockVariant {
  const series = processes === 1 ? label : `${label}, ${processes} processes`;
  const at = sweep === null || point === null ? '' : `@${sweep.parameter}=${point}`;
  return {
    name: `${name}${processes === 1 ? '' : `-${processes}-processes`}${at}`,
    label: sweep === null || point === null ? series : `${series}, ${describePoint(sweep.parameter, point)}`,
    group,
    claims,
    series,
    point,
    scene: { ...sceneAt(scene, sweep?.parameter, point), way, claimsNoDeadlock, processes },
  };
}

function describePoint(parameter: SweepParameter, point: number): string {
  return parameter === 'hot-share' ? `hot share ${point}` : `${parameter} ${formatCount(point)}`;
}

function sceneAt<Scene extends LockVariantRequest['scene']>(
  scene: Scene,
  parameter: SweepParameter | undefined,
  point: number | null,
): Scene {
  if (parameter === undefined || point === null) return scene;
  switch (parameter) {
    case 'clients':
      return { ...scene, shape: { ...scene.shape, clients: point, extent: extentFor(scene.shape, point) } };
    case 'hot-share':
      return { ...scene, shape: { ...scene.shape, hotShare: point } };
    case 'pool':
      return { ...scene, pool: point };
  }
}

/** When the scene has one request for each client, the number of requests follows the number of clients. */
function extentFor({ extent, clients }: LoadScene['shape'], point: number): LoadScene['shape']['extent'] {
  return 'requests' in extent && extent.requests === clients ? { requests: point } : extent;
}
