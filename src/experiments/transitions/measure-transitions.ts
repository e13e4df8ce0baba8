import { fileURLToPath } from 'node:url';

import type { LoadMeasurement, LoadVariantDescription, Verdict } from '../../bench/load/load-result.js';
import type { Database } from '../../database/index.js';
import { checkInvariants } from '../../reservations/index.js';
import { describeReport } from '../locks/judge-load.js';
import { runTimed } from '../processes/timed-process.js';
import type { Experiment } from '../record/experiment.js';
import { emptySlots, endlessCapacity, restaurantOf } from '../server/scene-slots.js';
import { readServerState, serverUseBetween } from '../server/server-state.js';
import { settleServer } from '../server/settle-server.js';
import type { TransitionJob, TransitionOutcome } from './transition-job.js';

/** A variant that is measured. */
export type TransitionVariant = LoadVariantDescription & {
  run: Pick<TransitionJob, 'transition' | 'way' | 'clients' | 'reservations'> & { slots: number; pool: number };
};

const entry = fileURLToPath(new URL('./transition-process.js', import.meta.url));
/** One in so many more reservations is changed before the clock runs. */
const warmupShare = 10;
const rowsPerInsert = 1000;

const INSERT_RESERVATIONS = `INSERT INTO {reservation} ({reservation.id}, {reservation.slotId}, {reservation.restaurantId},
  {reservation.memberId}, {reservation.idempotencyKey}) VALUES `;
const COUNT_SEATS = `UPDATE {slot} s JOIN (SELECT {reservation.slotId} AS slotId, COUNT(*) AS seats FROM {reservation}
  GROUP BY {reservation.slotId}) held ON held.slotId = s.{slot.id} SET s.{slot.count} = held.seats`;
const COUNT_CHANGED = 'SELECT COUNT(*) AS changed FROM {reservation} WHERE {reservation.status} = ?';

/** Runs a variant once on new reservations, and judges the tables and the answers. The slots exist already. */
export async function measureTransitions(experiment: Experiment, { run }: TransitionVariant): Promise<LoadMeasurement> {
  const { database, connection, signal } = experiment;
  const warmupReservations = Math.ceil(run.reservations / warmupShare);
  await fillReservations(database, run.reservations + warmupReservations, run.slots);
  const job: TransitionJob = { ...run, connection: { ...connection, poolSize: run.pool }, warmupReservations };
  let before = await readServerState(experiment);
  const onReady = async (): Promise<void> => {
    await settleServer(database, signal);
    before = await readServerState(experiment);
  };
  const [outcome] = await runTimed<TransitionJob, TransitionOutcome>([job], { entry, signal, onReady });
  const { load, client, transactions } = outcome!;
  const { serviceTime, sinceIntended, ...counted } = load;
  const used = serverUseBetween(before, await readServerState(experiment));
  const verdict = await judge(database, job, { changed: load.answers.changed ?? 0, signal });
  return { ...counted, times: { sinceIntended, serviceTime }, transactions, client, ...used, verdict };
}

async function fillReservations(database: Database, count: number, slots: number): Promise<void> {
  await emptySlots(database, endlessCapacity);
  await database.session(async (session) => {
    for (let first = 1; first <= count; first += rowsPerInsert) {
      const last = Math.min(count, first + rowsPerInsert - 1);
      const rows = Array.from({ length: last - first + 1 }, (_, index) => reservationRow(first + index, slots));
      await session.execute(INSERT_RESERVATIONS + rows.map(() => '(?, ?, ?, ?, ?)').join(', '), rows.flat());
    }
    await session.execute(COUNT_SEATS);
  });
}

function reservationRow(id: number, slots: number): [number, number, number, number, string] {
  const slotId = 1 + (id % slots);
  return [id, slotId, restaurantOf(slotId), id, `bench-${id}`];
}

/** Every answer must be the expected one, every reservation changed, and every seat where it belongs. */
async function judge(
  database: Database,
  { transition, reservations, warmupReservations }: TransitionJob,
  { changed, signal }: { changed: number; signal: AbortSignal | undefined },
): Promise<Verdict> {
  const expected = reservations + warmupReservations;
  const values = [transition === 'confirm' ? 'CONFIRMED' : 'CANCELLED'];
  const [row] = await database.query<{ changed: number }>(COUNT_CHANGED, values);
  const report = await checkInvariants(database, { limit: 1, signal });
  const wrong = [
    ...(changed === reservations ? [] : [`${changed} of ${reservations} answered as changed`]),
    ...(row?.changed === expected ? [] : [`${row?.changed ?? 0} of ${expected} changed in the table`]),
    ...(report.ok ? [] : [describeReport(report, { overbooked: 0, differing: 0, deadlocks: 0 })]),
  ];
  return { right: wrong.length === 0, text: wrong.join(', ') || 'right' };
}
