import { figureOf, ratioFigure } from '../../bench/figures.js';
import type { FigureDescription } from '../../bench/figures.js';
import type { LoadBody, LoadRun, LoadVariant } from '../../bench/load/load-result.js';
import type { Figure } from '../../bench/result.js';
import { TablepickError } from '../../errors.js';
import type { BenchOutcome } from '../record/bench-outcome.js';
import { checkScene, checkScenes } from '../locks/check-scene.js';
import { withExperiment } from '../record/experiment.js';
import type { Experiment, ExperimentOptions } from '../record/experiment.js';
import type { SlowPayment } from '../locks/load-job.js';
import type { LockVariant } from '../locks/lock-variants.js';
import { type LoadScene, measureLoad } from '../locks/measure-load.js';
import { beginLoads } from '../record/record-loads.js';
import type { ExperimentDescription } from '../record/result-record.js';
import { createSlots } from '../server/scene-slots.js';

/**
 * The duration of the payment and the number of guests. The defaults are the case that led to tablepick: 20 guests at
 * once on one slot.
 */
export interface BenchTxScopeOptions extends ExperimentOptions {
  /** How long the payment provider takes. Default 300. */
  latencyMs?: number | undefined;
  /** A call takes up to this much less or more. Default 0. */
  jitterMs?: number | undefined;
  /** Guests at once, one request each. Default 20. */
  clients?: number | undefined;
  /** Connections. Default 32. */
  pool?: number | undefined;
  /** Number of slots. All of them are asked for equally often. Default 1. */
  slots?: number | undefined;
}

const defaults = { latencyMs: 300, jitterMs: 0, clients: 20, pool: 32, slots: 1 };
/** Only a few, because each takes as long as a payment. */
const warmupRequests = 5;
/** In the service that led to tablepick, this share of the mean wait was saved when the payment moved out. */
const savedThen = 0.4;

const times: LoadBody['times'] = [
  { name: 'sinceIntended', label: 'wait of the guest' },
  { name: 'lockHeld', label: "time the slot's row is locked" },
  { name: 'poolWait', label: 'wait for a connection' },
];

/**
 * Measures how long guests wait when they reserve and pay. The payment takes place inside the transaction that locks
 * the slot's row, or outside, between a hold and its confirmation. Each run is judged as in `benchLocks`. Files are
 * written after every round.
 *
 * @throws `BAD_OPTION`, `NOT_A_SCRATCH_SCHEMA` or `RUN_ACTIVE` before the first run; `ABORTED` when stopped.
 */
export async function benchTxScope(options: BenchTxScopeOptions): Promise<BenchOutcome<LoadBody>> {
  const settings = settingsOf(options);
  checkPayment(settings);
  const { clients, pool, slots } = settings;
  const settled = { processes: 1, warmupRequests, claimsNoDeadlock: true };
  const scene = { ...checkScene({ clients, pool, slots, capacity: clients }), ...settled };
  const variants = listVariants(scene, settings);
  return withExperiment(options, async (experiment) => {
    checkScenes(
      variants.map((variant) => variant.scene),
      experiment.database.server.maxConnections,
    );
    await createSlots(experiment.database, slots, scene.capacity);
    const measureAll = await beginLoads(experiment, describeExperiment(experiment, options, settings), {
      variants,
      good: 'reserved',
      times,
      sweep: null,
      chart: 'mean-time',
      figures: (measured) => scopeFigures(measured, settings),
    });
    return measureAll((variant, round) => measureLoad(experiment, variant.scene, round));
  });
}

type Settings = typeof defaults;

function settingsOf({ latencyMs, jitterMs, clients, pool, slots }: BenchTxScopeOptions): Settings {
  return {
    latencyMs: latencyMs ?? defaults.latencyMs,
    jitterMs: jitterMs ?? defaults.jitterMs,
    clients: clients ?? defaults.clients,
    pool: pool ?? defaults.pool,
    slots: slots ?? defaults.slots,
  };
}

function listVariants(scene: Omit<LoadScene, 'way'>, { latencyMs, jitterMs }: SlowPayment): LockVariant[] {
  const variantOf = (
    kind: 'payment-inside' | 'payment-outside',
    { label, group }: Pick<LockVariant, 'label' | 'group'>,
  ): LockVariant => ({
    name: kind,
    label,
    series: label,
    group,
    claims: true,
    point: null,
    scene: { ...scene, way: { kind, latencyMs, jitterMs } },
  });
  return [
    variantOf('payment-inside', { label: 'payment inside the transaction', group: 'by-hand' }),
    variantOf('payment-outside', { label: 'hold, payment, confirmation', group: 'tablepick' }),
  ];
}

/**
 * The share of the wait that is saved when the payment moves out, round by round. The goal applies when the scene is at
 * least as large as the original.
 */
function scopeFigures(variants: readonly LoadVariant[], { clients, latencyMs }: Settings): Figure[] {
  const [inside, outside] = variants;
  if (inside === undefined || outside === undefined) return [];
  const saved = (description: Omit<FigureDescription, 'unit'>, read: (run: LoadRun) => number): Figure | null => {
    const left = ratioFigure(description, { runs: outside.runs, read }, { runs: inside.runs, read });
    const shares = left?.values.map((share) => 1 - share) ?? [];
    return figureOf({ ...description, unit: 'share' }, shares);
  };
  const isOriginal = clients >= defaults.clients && latencyMs >= defaults.latencyMs;
  const goal = isOriginal ? { atLeast: savedThen } : null;
  return [
    saved({ name: 'mean-wait-saved', title: 'mean wait saved by paying outside', goal }, meanMs('sinceIntended')),
    saved({ name: 'max-wait-saved', title: 'longest wait saved by paying outside', goal: null }, longestWaitMs),
    saved({ name: 'lock-hold-saved', title: "mean time of the row's lock saved", goal: null }, meanMs('lockHeld')),
  ].filter((figure) => figure !== null);
}

const meanMs =
  (name: string) =>
  (run: LoadRun): number =>
    run.latencies[name]?.meanMs ?? Number.NaN;

const longestWaitMs = (run: LoadRun): number => run.latencies.sinceIntended?.maxMs ?? Number.NaN;

function checkPayment({ latencyMs, jitterMs }: SlowPayment): void {
  if (latencyMs >= 0 && jitterMs >= 0 && jitterMs <= latencyMs) return;
  throw new TablepickError('BAD_OPTION', `a payment of ${latencyMs} ms, ${jitterMs} ms less or more`, {
    hint: 'give a jitter of at most the latency',
  });
}

function describeExperiment(
  { repeat }: Experiment,
  options: BenchTxScopeOptions,
  { latencyMs, jitterMs, clients, pool, slots }: Settings,
): ExperimentDescription {
  return {
    question: options.question ?? 'tx-scope',
    title: 'A payment inside the transaction, or outside',
    command: `tablepick bench tx-scope --clients ${clients} --pool ${pool} --latency ${latencyMs}ms --jitter ${jitterMs}ms --slots ${slots} --repeat ${repeat}`,
    parameters: { latencyMs, jitterMs, clients, pool, slots, repeat },
    notes: [
      'Every guest sends one request, all at once, and waits for the answer to it: the reservation, paid. Each run is a process of its own on slots without reservations, connections open and code warm; rounds run forwards and backwards in turn, ratios are taken within a round.',
      "Inside: SELECT … FOR UPDATE, UPDATE, INSERT, then the payment, then COMMIT. It is written into this experiment, because the library's API does not allow it. Outside: reserve with a hold, payment, confirm, both through the library with the pessimistic strategy.",
      "The row's lock is timed from the answer to the statement that took it to the answer to the COMMIT, once a transaction: two a guest where the payment is outside. The wait for a connection has the BEGIN's round trip in it.",
      'The verdict holds the tables and every answer of the run against each other.',
    ],
  };
}
