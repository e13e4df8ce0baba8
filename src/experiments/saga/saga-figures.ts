import { costOf } from '../../bench/load/cost-of.js';
import { type FigureDescription, type Reading, ratioFigure, runFigure } from '../../bench/figures.js';
import type { LoadRun, LoadVariant } from '../../bench/load/load-result.js';
import type { Figure, Goal } from '../../bench/result.js';
import { type TransportKind, transportKinds } from '../../messaging/index.js';
import { nameOf } from './saga-variants.js';

/** A run with fewer reservations is a trial and has no goal. */
const enoughReservations = 10_000;

/** The rate at which the time from reserved to confirmed has a goal. */
const pacedRate = 50;
const mostMs: Readonly<Record<TransportKind, number>> = { database: 120, kafka: 80 };

/** The experiment's figures, of the variants that ran. Goals are set only when enough was measured. */
export function sagaFigures(measured: readonly LoadVariant[], reservations: number): Figure[] {
  const figures = new SagaFigures(measured, reservations >= enoughReservations);
  return transportKinds.flatMap((carrier) => figures.of(carrier)).filter((figure) => figure !== null);
}

const perSecond = (run: LoadRun): number => run.goodPerSecond;
const p99 = (run: LoadRun): number => run.latencies.untilConfirmed?.p99Ms ?? Number.NaN;
const p50 = (run: LoadRun): number | null => run.latencies.untilConfirmed?.p50Ms ?? null;

class SagaFigures {
  constructor(
    readonly measured: readonly LoadVariant[],
    readonly hasGoals: boolean,
  ) {}

  of(carrier: TransportKind): (Figure | null)[] {
    const where = carrier === 'kafka' ? 'Kafka' : carrier;
    const ours = nameOf('batches', carrier);
    const oneByOne = nameOf('one-by-one', carrier);
    const [paced, pacedOneByOne] = [`${ours}-${pacedRate}`, `${oneByOne}-${pacedRate}`];
    return [
      this.#ratio([ours, oneByOne], perSecond, {
        name: `${carrier}-vs-one-by-one`,
        title: `${where}: confirmed/s against one message a transaction`,
        goal: { atLeast: 20 },
      }),
      this.#ratio([ours, 'by-hand'], perSecond, {
        name: `${carrier}-vs-by-hand`,
        title: `${where}: confirmed/s against the same rows by hand`,
        goal: { atLeast: 0.4 },
      }),
      this.#cost(ours, 'statements', {
        name: `${carrier}-statements`,
        title: `${where}: statements a saga while there is a backlog`,
        goal: { atMost: 6 },
      }),
      this.#cost(ours, 'commits', {
        name: `${carrier}-commits`,
        title: `${where}: COMMITs a saga while there is a backlog`,
        goal: { atMost: 0.5 },
      }),
      this.#number(paced, p50, {
        name: `${carrier}-p50`,
        title: `${where}: ${pacedRate}/s, p50 from reserved to confirmed`,
        unit: 'ms',
        goal: { atMost: mostMs[carrier] },
      }),
      this.#ratio([paced, pacedOneByOne], p99, {
        name: `${carrier}-p99-vs-one-by-one`,
        title: `${where}: ${pacedRate}/s, p99 against one message a transaction`,
        goal: { atMost: 1 },
      }),
    ];
  }

  #find(name: string): LoadVariant | undefined {
    return this.measured.find((variant) => variant.name === name);
  }

  #goal(goal: Goal): Goal | null {
    return this.hasGoals ? goal : null;
  }

  #ratio(
    [upper, lower]: readonly [string, string],
    read: Reading<LoadRun>['read'],
    { goal, ...description }: Described,
  ): Figure | null {
    const [first, second] = [this.#find(upper), this.#find(lower)];
    if (first === undefined || second === undefined) return null;
    const of = ({ runs }: LoadVariant): Reading<LoadRun> => ({ runs, read });
    return ratioFigure({ ...description, goal: this.#goal(goal) }, of(first), of(second));
  }

  #cost(name: string, cost: 'statements' | 'commits', described: Described): Figure | null {
    return this.#number(name, (run) => costOf(run)[cost], { ...described, unit: 'count' });
  }

  #number(
    name: string,
    read: (run: LoadRun) => number | null,
    { goal, ...description }: Described & Pick<FigureDescription, 'unit'>,
  ): Figure | null {
    const variant = this.#find(name);
    if (variant === undefined) return null;
    return runFigure({ ...description, goal: this.#goal(goal) }, variant, read);
  }
}

type Described = Pick<FigureDescription, 'name' | 'title'> & { goal: Goal };
