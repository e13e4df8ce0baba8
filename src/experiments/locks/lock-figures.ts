import { figureOf, ratioFigure } from '../../bench/figures.js';
import type { LoadRun, LoadVariant } from '../../bench/load/load-result.js';
import type { Figure, Goal } from '../../bench/result.js';
import type { LockVariant } from './lock-variants.js';
import type { LoadScene } from './measure-load.js';
import { endlessCapacity } from '../server/scene-slots.js';

/** The strategies that keep a slot's row locked during a commit. */
const rowLocks = ['pessimistic', 'atomic', 'optimistic'];

/**
 * The experiment's figures, of the variants that ran. A figure has a goal only in the scene for which the goal was set,
 * and never in a trial.
 */
export function lockFigures(measured: readonly LoadVariant[], planned: readonly LockVariant[]): Figure[] {
  const points = [...new Set(measured.map(({ point }) => point))];
  return points.flatMap((point) => {
    const scene = planned.find((each) => each.point === point)?.scene;
    if (scene === undefined) return [];
    const suffix = point === null ? '' : `@${point}`;
    const figures = figuresOf(new PointVariants(measured, point, suffix), scene).filter((figure) => figure !== null);
    return isLongEnough(scene) ? figures : figures.map((figure) => ({ ...figure, goal: null, met: null }));
  });
}

/** The variants of one point of a sweep, by their names without the point. */
class PointVariants {
  readonly #byName: ReadonlyMap<string, LoadVariant>;
  /** Appended to the names of figures, so that they differ from those of other points. */
  readonly suffix: string;

  constructor(measured: readonly LoadVariant[], point: number | null, suffix: string) {
    const here = measured.filter((each) => each.point === point);
    this.#byName = new Map(here.map((each) => [each.name.replace(/@.*$/, ''), each]));
    this.suffix = suffix;
  }

  find(name: string): LoadVariant | undefined {
    return this.#byName.get(name);
  }

  all(): readonly LoadVariant[] {
    return [...this.#byName.values()];
  }
}

function figuresOf(variants: PointVariants, scene: LoadScene): (Figure | null)[] {
  return [
    ...combiningFigures(variants, scene),
    ...processFigures(variants, scene),
    ratio(variants, ['atomic', 'by-hand'], {
      name: 'overhead',
      title: 'atomic through reserve against the same statements by hand, time',
      goal: { atMost: 1.15 },
      read: secondsAnAnswer,
    }),
    bestFigure(variants, {
      name: 'adaptive-vs-best',
      title: 'adaptive against the best single strategy, reserved/s',
      upper: 'adaptive',
      goal: { atLeast: 0.9 },
      rivals: singleStrategies(variants),
    }),
  ];
}

/** `combining` compared with strategies that lock rows. */
function combiningFigures(variants: PointVariants, scene: LoadScene): (Figure | null)[] {
  const hot = isHotSlot(scene);
  const even = isEvenSpread(scene);
  return [
    ratio(variants, ['combining', 'pessimistic'], {
      name: 'combining-vs-pessimistic-time',
      title: 'combining against pessimistic, time',
      goal: isOriginal(scene) ? { atMost: 0.1 } : null,
      read: secondsAnAnswer,
    }),
    bestFigure(variants, {
      name: 'combining-vs-row-locks',
      title: 'combining against the best row-lock strategy, reserved/s',
      upper: 'combining',
      rivals: rowLocks,
      goal: hot ? { atLeast: 50 } : even ? { atLeast: 12 } : null,
    }),
    ratioOf(variants, ['combining', 'pessimistic'], {
      name: 'combining-p99-vs-pessimistic-p50',
      title: 'p99 of combining against p50 of pessimistic',
      goal: hot || even ? { atMost: 1 } : null,
      upper: p99,
      lower: p50,
    }),
    ratio(variants, ['combining-saga', 'combining'], {
      name: 'combining-saga-vs-bare',
      title: 'combining with recordSaga() against combining, reserved/s',
      goal: hot || even ? { atLeast: 0.6 } : null,
      read: reservedPerSecond,
    }),
  ];
}

/** The cost of `combining` for one client alone, and with several processes, which cannot share a transaction. */
function processFigures(variants: PointVariants, scene: LoadScene): (Figure | null)[] {
  return [
    scene.shape.clients === 1
      ? ratio(variants, ['combining', 'atomic'], {
          name: 'combining-vs-atomic-alone',
          title: 'one client alone: combining against atomic, p50',
          goal: { atMost: 1.1 },
          read: p50,
        })
      : null,
    ratio(variants, ['combining-4-processes', 'combining'], {
      name: 'four-processes-vs-one',
      title: 'combining in four processes against one, reserved/s',
      goal: isHotSlot(scene) ? { atLeast: 0.5 } : null,
      read: reservedPerSecond,
    }),
  ];
}

interface RatioRequest {
  name: string;
  title: string;
  goal: Goal | null;
}

type Pair = readonly [upper: string, lower: string];
type Read = (run: LoadRun) => number;

function ratio(
  variants: PointVariants,
  pair: Pair,
  { read, ...request }: RatioRequest & { read: Read },
): Figure | null {
  return ratioOf(variants, pair, { ...request, upper: read, lower: read });
}

function ratioOf(
  variants: PointVariants,
  pair: Pair,
  { name, title, goal, upper, lower }: RatioRequest & { upper: Read; lower: Read },
): Figure | null {
  const [above, below] = pair.map((each) => variants.find(each));
  if (above === undefined || below === undefined) return null;
  const description = { name: name + variants.suffix, title: titleAt(title, variants), goal };
  return ratioFigure(description, { runs: above.runs, read: upper }, { runs: below.runs, read: lower });
}

/** Compared with the best rival of each round. */
function bestFigure(
  variants: PointVariants,
  { name, title, goal, upper, rivals }: RatioRequest & { upper: string; rivals: readonly string[] },
): Figure | null {
  const own = variants.find(upper);
  const others = rivals.flatMap((each) => variants.find(each) ?? []);
  if (own === undefined || others.length === 0) return null;
  const values = own.runs.flatMap((run) => {
    const best = Math.max(
      ...others.flatMap(({ runs }) => runs.filter(({ round }) => round === run.round)).map(reservedPerSecond),
    );
    return best > 0 ? [run.goodPerSecond / best] : [];
  });
  return figureOf({ name: name + variants.suffix, title: titleAt(title, variants), unit: 'times', goal }, values);
}

function titleAt(title: string, { suffix }: PointVariants): string {
  return suffix === '' ? title : `${title}, at ${suffix.slice(1)}`;
}

/** All strategies that claim to be right, of one process and through the library. */
function singleStrategies(variants: PointVariants): string[] {
  return variants
    .all()
    .filter(({ claims, group, name }) => claims && group === 'tablepick' && !/^adaptive|-processes|-saga/.test(name))
    .map(({ name }) => name.replace(/@.*$/, ''));
}

const reservedPerSecond: Read = (run) => run.goodPerSecond;
const secondsAnAnswer: Read = (run) => 1 / run.answersPerSecond;
const p50: Read = (run) => run.latencies.sinceIntended?.p50Ms ?? Number.NaN;
const p99: Read = (run) => run.latencies.sinceIntended?.p99Ms ?? Number.NaN;

function isLongEnough({ shape: { extent } }: LoadScene): boolean {
  return 'requests' in extent ? extent.requests >= 150 : extent.durationMs >= 5000;
}

/** The original scene: 150 requests at once for the 100 seats of one slot, over 32 connections. */
function isOriginal({ shape, capacity, pool }: LoadScene): boolean {
  const { clients, extent, slots, ratePerSecond } = shape;
  const asks = 'requests' in extent && extent.requests === 150 && clients === 150 && ratePerSecond === null;
  return asks && capacity === 100 && pool === 32 && slots === 1;
}

function isHotSlot({ shape, capacity }: LoadScene): boolean {
  return isThousandClients(shape) && shape.slots === 1 && capacity >= endlessCapacity;
}

function isEvenSpread({ shape, capacity }: LoadScene): boolean {
  return isThousandClients(shape) && shape.slots === 10_000 && shape.hotShare === null && capacity >= endlessCapacity;
}

function isThousandClients({ clients, ratePerSecond }: LoadScene['shape']): boolean {
  return clients === 1000 && ratePerSecond === null;
}
