// The entry of a measuring process with all services of the saga in it. Started by measure-saga.ts.
import { followOrders } from '../processes/timed-process.js';
import { measureByHand } from './by-hand/measure-by-hand.js';
import { measureServices } from './measure-services.js';
import type { SagaRunJob, SagaRunOutcome } from './saga-job.js';

await followOrders<SagaRunJob, SagaRunOutcome>((job, begin) =>
  job.way === 'by-hand' ? measureByHand(job, begin) : measureServices(job, begin),
);
