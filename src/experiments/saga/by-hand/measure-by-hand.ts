import { sleepUntil } from '../../../bench/load/sleep-until.js';
import { LatencyHistogram } from '../../../bench/load/latency-histogram.js';
import { withClosing } from '../../../closing.js';
import { connect } from '../../../database/index.js';
import { inParallel } from '../../../in-parallel.js';
import { TransactionWatch } from '../../server/transaction-watch.js';
import { type MeasuredRun, type SagaExtent, measureRun } from '../measure-run.js';
import type { SagaRunJob, SagaRunOutcome } from '../saga-job.js';
import { partySize } from '../saga-services.js';
import { type HandDatabases, type HandSaga, confirmByHand, payByHand, reserveByHand } from './hand-batches.js';

/** Sagas of a batch. */
const sagasOfBatch = 500;
/** Batches that are written at once, each over a connection of its own. */
const connections = 3;

/** Measures the same rows written by hand in batches: no provider, no relay, no consumer, no mail. */
export function measureByHand(job: SagaRunJob, begin: () => Promise<number>): Promise<SagaRunOutcome> {
  return withClosing(async ({ onClose }) => {
    const watch = new TransactionWatch();
    const open = async (connection: SagaRunJob['connection']) => {
      const database = await connect({ ...connection, poolSize: connections });
      onClose(() => database.close());
      return watch.over(database);
    };
    const databases = { database: await open(job.connection), payments: await open(job.paymentConnection) };
    const run = (extent: SagaExtent): Promise<MeasuredRun> => runByHand(databases, job, extent);
    return { ...(await measureRun({ job, watch, run }, begin)), ledger: null };
  });
}

async function runByHand(databases: HandDatabases, { slots }: SagaRunJob, extent: SagaExtent): Promise<MeasuredRun> {
  const { first, reservations, beginMs, backlog } = extent;
  const untilConfirmed = new LatencyHistogram();
  const starts = Array.from({ length: Math.ceil(reservations / sagasOfBatch) }, (_, batch) => batch * sagasOfBatch);
  await sleepUntil(beginMs);
  await inParallel(starts, { concurrency: connections }, async (start) => {
    const sagas = Array.from({ length: Math.min(sagasOfBatch, reservations - start) }, (_, index) =>
      sagaOf(first + start + index, slots),
    );
    await reserveByHand(databases, sagas);
    backlog.reserved(sagas.length);
    const reservedMs = performance.now();
    await payByHand(databases, sagas);
    await confirmByHand(databases, sagas);
    backlog.confirmed(sagas.length);
    const micros = (performance.now() - reservedMs) * 1000;
    sagas.forEach(() => untilConfirmed.record(micros));
  });
  const seconds = (performance.now() - beginMs) / 1000;
  return { seconds, times: { untilConfirmed: untilConfirmed.toRecord() } };
}

function sagaOf(guest: number, slots: number): HandSaga {
  return { reservationId: guest, slotId: 1 + (guest % slots), memberId: guest, partySize };
}
