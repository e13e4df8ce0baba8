import { ratioFigure } from '../../bench/figures.js';
import type { LoadBody, LoadVariant } from '../../bench/load/load-result.js';
import type { Figure } from '../../bench/result.js';
import { checkChoice } from '../../check-option.js';
import type { BenchOutcome } from '../record/bench-outcome.js';
import { type Experiment, type ExperimentOptions, checkCount, withExperiment } from '../record/experiment.js';
import { beginLoads } from '../record/record-loads.js';
import type { ExperimentDescription } from '../record/result-record.js';
import { createSlots, endlessCapacity } from '../server/scene-slots.js';
import { type TransitionVariant, measureTransitions } from './measure-transitions.js';
import { type TransitionName, type TransitionWay, transitionNames, transitionWays } from './transition-job.js';

/** How many reservations are confirmed or cancelled by how many clients. */
export interface BenchTransitionsOptions extends ExperimentOptions {
  /** Clients at once. Default 1000. */
  clients?: number | undefined;
  /** Slots of the reservations. Default 1. */
  slots?: number | undefined;
  /** Reservations that are changed together; one by one a tenth of them, one a client at least. Default 20,000. */
  reservations?: number | undefined;
  /** Connections. Default 32. */
  pool?: number | undefined;
  /** Default: both. */
  ways?: readonly TransitionWay[] | undefined;
}

type Settings = Record<'clients' | 'slots' | 'reservations' | 'pool', number>;

const defaults: Settings = { clients: 1000, slots: 1, reservations: 20_000, pool: 32 };
const leastTimes = 20;

const times: LoadBody['times'] = [
  { name: 'sinceIntended', label: 'time since intended start' },
  { name: 'serviceTime', label: 'service time' },
];

/**
 * Measures how fast reservations are confirmed and cancelled by clients at once: those that arrive together in one
 * transaction, or in one each. Each run is a process of its own on new reservations, and is judged.
 *
 * @throws `BAD_OPTION`, `NOT_A_SCRATCH_SCHEMA` or `RUN_ACTIVE` before the first run; `ABORTED` when stopped.
 */
export async function benchTransitions(options: BenchTransitionsOptions): Promise<BenchOutcome<LoadBody>> {
  const settings = settingsOf(options);
  const ways = options.ways ?? transitionWays;
  for (const way of ways) checkChoice('ways', way, transitionWays);
  const variants = transitionNames.flatMap((transition) => ways.map((way) => variantOf({ transition, way, settings })));
  return withExperiment(options, async (experiment) => {
    await createSlots(experiment.database, settings.slots, endlessCapacity);
    const measureAll = await beginLoads(experiment, describe(experiment, options, { settings, ways }), {
      variants,
      good: 'changed',
      times,
      sweep: null,
      chart: 'good-per-second',
      figures: (measured) => transitionFigures(measured, settings),
    });
    return measureAll((variant) => measureTransitions(experiment, variant));
  });
}

function settingsOf({ clients, slots, reservations, pool }: BenchTransitionsOptions): Settings {
  const settings = {
    clients: clients ?? defaults.clients,
    slots: slots ?? defaults.slots,
    reservations: reservations ?? defaults.reservations,
    pool: pool ?? defaults.pool,
  };
  for (const [name, value] of Object.entries(settings)) checkCount(name, value);
  return settings;
}

function variantOf({
  transition,
  way,
  settings,
}: {
  transition: TransitionName;
  way: TransitionWay;
  settings: Settings;
}): TransitionVariant {
  const { clients, reservations, slots, pool } = settings;
  const some = way === 'together' ? reservations : Math.min(reservations, Math.max(clients, reservations / 10));
  const label = `${transition}, ${way === 'together' ? 'those that arrive together' : 'a transaction each'}`;
  return {
    name: `${transition}-${way}`,
    label,
    series: label,
    group: way === 'together' ? 'tablepick' : 'by-hand',
    claims: true,
    point: null,
    run: { transition, way, clients, slots, pool, reservations: Math.ceil(some) },
  };
}

function transitionFigures(measured: readonly LoadVariant[], { clients, slots, reservations }: Settings): Figure[] {
  const isHot = clients >= defaults.clients && slots === 1 && reservations >= defaults.reservations;
  return transitionNames.flatMap((transition) => {
    const [together, alone] = transitionWays.map((way) => measured.find(({ name }) => name === `${transition}-${way}`));
    if (together === undefined || alone === undefined) return [];
    const description = {
      name: `${transition}-together-vs-one-by-one`,
      title: `${transition}: together against a transaction each, changed/s`,
      goal: isHot ? { atLeast: leastTimes } : null,
    };
    const read = (run: LoadVariant['runs'][number]): number => run.goodPerSecond;
    return ratioFigure(description, { runs: together.runs, read }, { runs: alone.runs, read }) ?? [];
  });
}

function describe(
  { repeat }: Experiment,
  { question }: BenchTransitionsOptions,
  { settings, ways }: { settings: Settings; ways: readonly TransitionWay[] },
): ExperimentDescription {
  const { clients, slots, reservations, pool } = settings;
  return {
    question: question ?? 'transitions',
    title: 'Confirmations and cancellations at once',
    command: `tablepick bench transitions --ways ${ways.join(',')} --clients ${clients} --slots ${slots} --reservations ${reservations} --pool ${pool} --repeat ${repeat}`,
    parameters: { ways: ways.join(','), clients, slots, reservations, pool, repeat },
    notes: [
      'Every client confirms or cancels one reservation after another, each once. Each run is a process of its own on new reservations, connections open and code warm; rounds run forwards and backwards in turn, ratios are taken within a round.',
      'Together: `confirm` and `cancel`. A transaction each: `change` with the same decisions, for a tenth of the reservations, because it takes longer.',
      'The verdict holds every answer and the tables against each other.',
    ],
  };
}
