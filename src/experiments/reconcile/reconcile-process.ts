// The entry of a measuring process: one reconciliation, its own CPU time and memory. Started by bench-reconcile.ts.
import { measureProcess } from '../../bench/measure-process.js';
import { readProcessCpuSeconds } from '../../bench/process-cpu.js';
import { connect } from '../../database/index.js';
import { type PaymentGateway, defaultPricing } from '../../payments/index.js';
import { reconcile } from '../../reconcile/index.js';
import { createReservations } from '../../reservations/index.js';
import { recordSaga } from '../../saga/index.js';
import { failureMessage, sendToParent } from '../processes/measuring-process.js';
import { RECONCILE_JOB, type ReconcileJob, type ReconcileMessage, type ReconcileOutcome } from './reconcile-job.js';

const job = JSON.parse(process.env[RECONCILE_JOB] ?? 'null') as ReconcileJob;

/** Answers at once that everything was paid: the time of a provider's calls is its own. */
const provider: PaymentGateway = {
  approve: ({ reservationId }) =>
    Promise.resolve({ kind: 'approved', providerId: `pay-${reservationId}`, amount: 5000, currency: 'KRW' }),
  cancel: ({ reservationId }) => Promise.resolve({ kind: 'cancelled', providerId: `pay-${reservationId}` }),
  find: (reservationId) =>
    Promise.resolve({
      reservationId,
      providerId: `pay-${reservationId}`,
      state: 'approved',
      amount: 5000,
      currency: 'KRW',
    }),
};

async function measure(): Promise<ReconcileOutcome> {
  const reservationDatabase = await connect({ ...job.connection, poolSize: 16 });
  const paymentDatabase = await connect({ ...job.paymentConnection, poolSize: 16 });
  const reservations = createReservations({ database: reservationDatabase, recordChanges: recordSaga() });
  const readServer = (): number | null => (job.serverPid === null ? null : readProcessCpuSeconds(job.serverPid));
  const meter = measureProcess();
  try {
    const before = readServer();
    const result = await reconcile({
      reservationDatabase,
      paymentDatabase,
      reservations,
      gateway: provider,
      pricing: defaultPricing,
      fix: job.fix,
    });
    const after = readServer();
    // Nobody relays here: what repairing a million appended first has waited for long by its end.
    const judged = result.classes.filter(({ name }) => name !== 'outbox-old');
    const sum = (read: (of: (typeof judged)[number]) => number): number =>
      judged.reduce((total, each) => total + read(each), 0);
    const [found, fixed, left] = [sum((each) => each.found), sum((each) => each.fixed), sum((each) => each.left)];
    return {
      rows: result.checked.reservations,
      seconds: result.ms / 1000,
      verifySeconds: null,
      client: meter.read(),
      serverCpuSeconds: before === null || after === null ? null : after - before,
      details: { found, fixed, left },
      found,
      fixed,
      left,
    };
  } finally {
    meter.stop();
    await reservations.close();
    await paymentDatabase.close();
    await reservationDatabase.close();
  }
}

await measure().then(
  (outcome) => sendToParent({ kind: 'done', outcome } satisfies ReconcileMessage),
  (error: unknown) => sendToParent(failureMessage(error)),
);
