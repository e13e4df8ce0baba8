// The entry of a measuring process with all services of the saga in it. Started by measure-saga.ts.
import { LatencyHistogram } from '../../bench/load/latency-histogram.js';
import { runClosedLoad } from '../../bench/load/closed-load.js';
import type { LoadRecord, LoadRequest } from '../../bench/load/load-tally.js';
import { measureProcess } from '../../bench/measure-process.js';
import { runOpenLoad } from '../../bench/load/open-load.js';
import { Arrivals } from '../relay/arrivals.js';
import { followOrders } from '../processes/timed-process.js';
import type { SagaRunJob, SagaRunOutcome } from './saga-job.js';
import { type SagaServices, partySize, withSagaServices } from './saga-services.js';

/** A run fails after 10 ms a reservation plus twice this time. */
const patienceMs = 60_000;
const mostUnderWay = 1000;

await followOrders<SagaRunJob, SagaRunOutcome>((job, begin) => {
  const arrivals = new Arrivals();
  return withSagaServices(job, arrivals, (services) => measure({ job, arrivals, services }, begin));
});

interface Measuring {
  job: SagaRunJob;
  /** A reservation arrives when it is confirmed. */
  arrivals: Arrivals;
  services: SagaServices;
}

async function measure(measuring: Measuring, begin: () => Promise<number>): Promise<SagaRunOutcome> {
  const { job, arrivals, services } = measuring;
  const { warmupReservations, reservations, ratePerSecond } = job;
  const callOff = arrivals.giveUpAfter(2 * patienceMs + 10 * reservations);
  try {
    await runAtOnce({ measuring, first: 1, beginMs: performance.now() }, warmupReservations);
    const beginMs = await begin();
    services.watch.restart();
    const meter = measureProcess();
    const run = ratePerSecond === null ? runAtOnce : runPaced(ratePerSecond);
    const measured = await run({ measuring, first: warmupReservations + 1, beginMs }, reservations);
    const client = { ...meter.read(), rssSamples: [] };
    meter.stop();
    const { begun, rolledBack, deadlocked } = services.watch.toRecord();
    const transactions = { begun, rolledBack, deadlocked };
    return { ...measured, confirmed: reservations, client, transactions, ledger: services.ledger() };
  } finally {
    callOff();
  }
}

interface Running {
  measuring: Measuring;
  /** The number of the first guest. */
  first: number;
  beginMs: number;
}

type Measured = Pick<SagaRunOutcome, 'seconds' | 'times'>;

/** Reserves as fast as possible. Ends when the last reservation is confirmed. */
async function runAtOnce({ measuring, first, beginMs }: Running, reservations: number): Promise<Measured> {
  const { job } = measuring;
  const untilConfirmed = new LatencyHistogram();
  const confirmed: Promise<number>[] = [];
  await runClosedLoad({
    clients: job.clients,
    extent: { requests: reservations },
    beginMs,
    request: async ({ sequence }) => {
      confirmed.push((await reserve(measuring, first + sequence, untilConfirmed)).confirmed);
      return 'reserved';
    },
  });
  const lastMs = Math.max(...(await Promise.all(confirmed)));
  return { seconds: (lastMs - beginMs) / 1000, times: { untilConfirmed: untilConfirmed.toRecord() } };
}

/** Reserves when guests arrive, whether or not earlier requests have ended. */
function runPaced(ratePerSecond: number) {
  return async ({ measuring, first, beginMs }: Running, reservations: number): Promise<Measured> => {
    const untilConfirmed = new LatencyHistogram();
    const request: LoadRequest = async ({ sequence }) => {
      const { confirmed } = await reserve(measuring, first + sequence, untilConfirmed);
      await confirmed;
      return 'confirmed';
    };
    const load: LoadRecord = await runOpenLoad({
      arrivals: { ratePerSecond, spacing: 'exponential', seed: measuring.job.seed },
      extent: { requests: reservations },
      mostInFlight: mostUnderWay,
      beginMs,
      request,
    });
    const times = { untilConfirmed: untilConfirmed.toRecord(), sinceIntended: load.sinceIntended };
    return { seconds: load.seconds, times };
  };
}

/** Resolves when the reservation is made. Its `confirmed` resolves with the time of the confirmation. */
async function reserve(
  { job, arrivals, services }: Measuring,
  guest: number,
  untilConfirmed: LatencyHistogram,
): Promise<{ confirmed: Promise<number> }> {
  const slotId = 1 + (guest % job.slots);
  const request = { slotId, memberId: guest, partySize, idempotencyKey: `guest-${guest}` };
  const outcome = await services.reservations.reserve(request);
  const reservedMs = performance.now();
  if (outcome.kind !== 'reserved') throw new Error(`guest ${guest} got ${outcome.kind}`);
  const confirmed = arrivals.expect(String(outcome.reservationId)).then((atMs) => {
    untilConfirmed.record((atMs - reservedMs) * 1000);
    return atMs;
  });
  // It is awaited later. A rejection before that must not count as unhandled.
  confirmed.catch(() => {});
  return { confirmed };
}
