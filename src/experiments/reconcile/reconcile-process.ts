// The entry of a measuring process: one reconciliation, its own CPU time and memory. Started by bench-reconcile.ts.
import { measureProcess } from '../../bench/measure-process.js';
import { readProcessCpuSeconds } from '../../bench/process-cpu.js';
import { withClosing } from '../../closing.js';
import { connect } from '../../database/index.js';
import { type PaymentGateway, defaultPricing } from '../../payments/index.js';
import { type ReconcileResult, reconcile } from '../../reconcile/index.js';
import { createReservations } from '../../reservations/index.js';
import { recordSaga } from '../../saga/index.js';
import { failureMessage, sendToParent } from '../processes/measuring-process.js';
import { RECONCILE_JOB, type ReconcileJob, type ReconcileMessage, type ReconcileOutcome } from './reconcile-job.js';

const job = JSON.parse(process.env[RECONCILE_JOB] ?? 'null') as ReconcileJob;

/** Answers at once that everything was paid. The time of a real provider's calls is not measured. */
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
  return withClosing(async ({ onClose }) => {
    const reservationDatabase = await connect({ ...job.connection, poolSize: 16 });
    onClose(() => reservationDatabase.close());
    const paymentDatabase = await connect({ ...job.paymentConnection, poolSize: 16 });
    onClose(() => paymentDatabase.close());
    const reservations = createReservations({ database: reservationDatabase, recordChanges: recordSaga() });
    onClose(() => reservations.close());
    const readServer = (): number | null => (job.serverPid === null ? null : readProcessCpuSeconds(job.serverPid));
    const meter = measureProcess();
    onClose(() => meter.stop());
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
    const serverCpuSeconds = before === null || after === null ? null : after - before;
    return outcomeOf(result, { client: meter.read(), serverCpuSeconds });
  });
}

function outcomeOf(
  { classes, checked, ms }: ReconcileResult,
  use: Pick<ReconcileOutcome, 'client' | 'serverCpuSeconds'>,
): ReconcileOutcome {
  // No relay runs here. While a million reservations are repaired, the first appended messages become old.
  const judged = classes.filter(({ name }) => name !== 'outbox-old');
  const sum = (of: 'found' | 'fixed' | 'left'): number => judged.reduce((total, each) => total + each[of], 0);
  const counts = { found: sum('found'), fixed: sum('fixed'), left: sum('left') };
  return { rows: checked.reservations, seconds: ms / 1000, verifySeconds: null, ...use, details: counts, ...counts };
}

await measure().then(
  (outcome) => sendToParent({ kind: 'done', outcome } satisfies ReconcileMessage),
  (error: unknown) => sendToParent(failureMessage(error)),
);
