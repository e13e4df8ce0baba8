// The entry of a measuring process: reservations that are confirmed or cancelled. Started by measure-transitions.ts.
import { runClosedLoad } from '../../bench/load/closed-load.js';
import type { LoadRequest } from '../../bench/load/load-tally.js';
import { measureProcess } from '../../bench/measure-process.js';
import { withClosing } from '../../closing.js';
import { connect } from '../../database/index.js';
import { isTablepickError } from '../../errors.js';
import { type Change, type Reservations, createReservations } from '../../reservations/index.js';
import { followOrders } from '../processes/timed-process.js';
import { TransactionWatch } from '../server/transaction-watch.js';
import type { TransitionJob, TransitionName, TransitionOutcome } from './transition-job.js';

await followOrders<TransitionJob, TransitionOutcome>((job, begin) =>
  withClosing(async ({ onClose }) => {
    const database = await connect(job.connection);
    onClose(() => database.close());
    const watch = new TransactionWatch();
    const reservations = createReservations({ database: watch.over(database) });
    onClose(() => reservations.close());
    const { clients, reservations: requests, warmupReservations } = job;
    const request = requestsOf(job, reservations);
    const warmup: LoadRequest = ({ client, sequence }) => request({ client, sequence: requests + sequence });
    const beginMs = performance.now();
    await runClosedLoad({ clients, extent: { requests: warmupReservations }, beginMs, request: warmup });
    watch.restart();
    const startMs = await begin();
    const meter = measureProcess();
    const load = await runClosedLoad({ clients, extent: { requests }, beginMs: startMs, request });
    const client = { ...meter.read(), rssSamples: [] };
    meter.stop();
    return { load, client, transactions: watch.toRecord() };
  }),
);

function requestsOf({ transition, way }: TransitionJob, reservations: Reservations): LoadRequest {
  const act = way === 'together' ? together(transition, reservations) : oneByOne(transition, reservations);
  return async ({ sequence }) => {
    try {
      return await act(sequence + 1);
    } catch (error) {
      return `error ${isTablepickError(error) ? error.code : String(error)}`;
    }
  };
}

type Act = (id: number) => Promise<string>;

function together(transition: TransitionName, reservations: Reservations): Act {
  if (transition === 'confirm') {
    return async (reservationId) => changedBy('confirmed', (await reservations.confirm({ reservationId })).kind);
  }
  return async (id) => changedBy('cancelled', (await reservations.cancel({ reservationId: id, memberId: id })).kind);
}

function changedBy(expected: string, kind: string): string {
  return kind === expected ? 'changed' : kind;
}

/** `change` has a transaction of its own for each call. The decisions are those of confirm and cancel. */
function oneByOne(transition: TransitionName, reservations: Reservations): Act {
  const isConfirm = transition === 'confirm';
  const decide: Change['decide'] = ({ status, isDue }) =>
    status === 'PENDING' && !isDue ? (isConfirm ? 'CONFIRMED' : 'CANCELLED') : undefined;
  return async (reservationId) => {
    const before = await reservations.change({ reservationId, decide, lockSlots: isConfirm ? 'if-freed' : 'always' });
    return before?.status === 'PENDING' ? 'changed' : `was ${before?.status ?? 'gone'}`;
  };
}
