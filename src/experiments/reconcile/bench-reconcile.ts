import { randomBytes } from 'node:crypto';
import { fileURLToPath } from 'node:url';

import { runFigure } from '../../bench/figures.js';
import type { Figure } from '../../bench/result.js';
import type { RowsBody, VariantDescription, VariantResult } from '../../bench/rows/rows-result.js';
import { type ConnectOptions, connect } from '../../database/index.js';
import { TablepickError } from '../../errors.js';
import type { BenchOutcome } from '../record/bench-outcome.js';
import { type Experiment, type ExperimentOptions, checkCount, withExperiment } from '../record/experiment.js';
import { runMeasuringProcess } from '../processes/measuring-process.js';
import { RECONCILE_JOB, type ReconcileJob, type ReconcileOutcome } from './reconcile-job.js';
import { fillReservations, oneWrongIn } from './wrong-reservations.js';
import { type ExperimentDescription, ResultRecord } from '../record/result-record.js';
import { RowsMeasurements } from '../record/rows-measurements.js';
import { emptySagaTables, withSagaTables } from '../saga/saga-tables.js';
import { settleServer } from '../server/settle-server.js';

/** How much is reconciled. */
export interface BenchReconcileOptions extends ExperimentOptions {
  /** Reservations in the table, one in a hundred of them wrong. Default 1,000,000. */
  reservations?: number | undefined;
}

const GOAL_RESERVATIONS = 1_000_000;
const WARMUP_AT_MOST = 20_000;
const MOST_SECONDS = 30;
const MOST_BYTES = 250 * 1024 * 1024;
const entry = fileURLToPath(new URL('./reconcile-process.js', import.meta.url));

/**
 * Measures the time and the memory of a reconciliation on tables in which one reservation in a hundred is wrong. It
 * looks, repairs, and looks again. The numbers of reservations found, repaired and left are verified. The provider
 * answers at once, so its calls cost nothing.
 *
 * @throws As `benchSaga`; `INVARIANT_BROKEN` when it found, repaired or left another number than was wrong.
 */
export async function benchReconcile(options: BenchReconcileOptions): Promise<BenchOutcome<RowsBody>> {
  const { reservations = GOAL_RESERVATIONS } = options;
  checkCount('reservations', reservations);
  return withExperiment(options, async (experiment) => {
    const variants = variantsOf(reservations);
    const figures = (measured: readonly VariantResult[]): Figure[] => figuresOf(measured, reservations);
    const measurements = new RowsMeasurements({ variants, rows: reservations, chartOrder: 'as-listed', figures });
    const record = await ResultRecord.begin(experiment, describe(experiment, options, reservations), measurements);
    const paymentSchema = `tablepick_payment_${randomBytes(4).toString('hex')}_bench`;
    return withSagaTables(experiment, { slots: 1, paymentSchema }, async (paymentConnection) => {
      const place = { experiment, paymentConnection, measurements, record };
      await measureRound(place, { round: 0, reservations: Math.min(reservations, WARMUP_AT_MOST) });
      for (let round = 1; round <= experiment.repeat; round += 1) await measureRound(place, { round, reservations });
      return { folder: record.folder, result: await record.write(experiment.repeat) };
    });
  });
}

function variantsOf(rows: number): VariantDescription[] {
  const base = { group: 'tablepick', rows, sampled: false } as const;
  return [
    { ...base, name: 'look', label: 'look, nothing is written' },
    { ...base, name: 'fix', label: 'look and repair' },
    { ...base, name: 'look-again', label: 'look again at what was repaired' },
  ];
}

interface Place {
  experiment: Experiment;
  paymentConnection: ConnectOptions;
  measurements: RowsMeasurements;
  record: ResultRecord<RowsBody>;
}

/**
 * The measurements share the same tables and run one after the other: a repaired reservation cannot be repaired again.
 */
async function measureRound(
  place: Place,
  { round, reservations }: { round: number; reservations: number },
): Promise<void> {
  const { experiment, measurements, record } = place;
  const { tell, repeat } = experiment;
  const variants = variantsOf(reservations);
  tell({ kind: 'round-started', round, repeat, isWarmup: round === 0, order: variants.map(({ name }) => name) });
  await prepare(place, reservations);
  const wrong = Math.floor(reservations / oneWrongIn);
  for (const [index, { name, label }] of variants.entries()) {
    tell({ kind: 'run-started', variant: name, label, round, rows: reservations });
    const startedAt = new Date();
    const outcome = await runProcess(place, name === 'fix');
    verify(outcome, { name, wrong });
    const run = measurements.add({
      name,
      round,
      position: index + 1,
      startedAt,
      measurement: { ...outcome, verifySeconds: 0 },
    });
    tell({ kind: 'run-done', variant: name, label, run });
  }
  await record.write(round);
  tell({ kind: 'written', folder: record.folder });
}

async function prepare({ experiment, paymentConnection }: Place, reservations: number): Promise<void> {
  const { database, signal } = experiment;
  await emptySagaTables({ database, paymentConnection });
  await database.session(async (session) => {
    await session.execute('SET SESSION foreign_key_checks = 0');
    await session.execute('TRUNCATE TABLE {slot}');
  });
  const payments = await connect({ ...paymentConnection, poolSize: 2 });
  try {
    await fillReservations(database, payments, reservations);
  } finally {
    await payments.close();
  }
  await settleServer(database, signal);
}

function runProcess({ experiment, paymentConnection }: Place, fix: boolean): Promise<ReconcileOutcome> {
  const { connection, serverPid, signal } = experiment;
  const job: ReconcileJob = { connection, paymentConnection, fix, serverPid };
  return runMeasuringProcess(entry, { env: { [RECONCILE_JOB]: JSON.stringify(job) }, signal });
}

function verify({ found, fixed, left }: ReconcileOutcome, { name, wrong }: { name: string; wrong: number }): void {
  const expected = { look: [wrong, 0, wrong], fix: [wrong, wrong, 0], 'look-again': [0, 0, 0] }[name];
  if (String(expected) === String([found, fixed, left])) return;
  throw new TablepickError(
    'INVARIANT_BROKEN',
    `${name}: found ${found}, repaired ${fixed}, left ${left} of ${wrong} that are wrong`,
  );
}

function figuresOf(variants: readonly VariantResult[], reservations: number): Figure[] {
  const fix = variants.find(({ name }) => name === 'fix');
  if (fix === undefined) return [];
  const isWhole = reservations >= GOAL_RESERVATIONS;
  const memory = runFigure(
    {
      name: 'memory',
      title: 'largest memory of looking and repairing',
      unit: 'bytes',
      goal: isWhole ? { atMost: MOST_BYTES } : null,
    },
    fix,
    ({ client }) => client?.peakRssBytes ?? null,
  );
  const time = runFigure(
    {
      name: 'time-share',
      title: 'looking and repairing, of 30 s',
      unit: 'share',
      goal: isWhole ? { atMost: 1 } : null,
    },
    fix,
    ({ seconds }) => seconds / MOST_SECONDS,
  );
  return [time, memory].filter((figure) => figure !== null);
}

function describe(
  { repeat }: Experiment,
  { question }: BenchReconcileOptions,
  reservations: number,
): ExperimentDescription {
  return {
    question: question ?? 'reconcile',
    title: 'Money against seats',
    command: `tablepick bench reconcile --reservations ${reservations} --repeat ${repeat}`,
    parameters: { reservations, oneWrongIn, repeat },
    notes: [
      'Rows are reservations. One in a hundred is wrong, in turn: paid and still PENDING; paid and CANCELLED without a refund; paid and CONFIRMED without having heard of it; a hold that is over.',
      'Each run is a process of its own. What it found, repaired and left is held against what is wrong. The provider is inside the process and answers at once: its calls are not in the time.',
    ],
  };
}
