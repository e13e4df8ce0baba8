import type { Database } from '../../database/index.js';
import { createReservations } from '../../reservations/index.js';
import { recordSaga } from '../../saga/index.js';
import { readyAtomicByHand } from './by-hand/by-hand-atomic.js';
import { findStrategy } from './find-strategy.js';
import type { LoadJob, LoadWay } from './load-job.js';
import type { LoadTarget } from './load-target.js';
import { readyPayment } from '../tx-scope/pay-while-reserving.js';
import { TransactionWatch } from '../server/transaction-watch.js';

/** Prepares the way that a job names. */
export async function readyTarget(database: Database, job: LoadJob): Promise<LoadTarget> {
  switch (job.way.kind) {
    case 'strategy':
      return readyStrategy(database, job, job.way);
    case 'by-hand-atomic':
      return readyAtomicByHand(database, job.isolation);
    case 'payment-inside':
    case 'payment-outside':
      return readyPayment(database, job, job.way);
  }
}

async function readyStrategy(
  database: Database,
  { isolation }: LoadJob,
  named: Extract<LoadWay, { kind: 'strategy' }>,
): Promise<LoadTarget> {
  const { strategy } = await findStrategy(named.module ?? named.strategy);
  const watch = new TransactionWatch();
  const reservations = createReservations({
    database: watch.over(database),
    strategy,
    isolation,
    redisUrl: named.redisUrl ?? undefined,
    recordChanges: named.recordsSaga ? recordSaga() : undefined,
  });
  return { watch, reserve: (request) => reservations.reserve(request), close: () => reservations.close() };
}
