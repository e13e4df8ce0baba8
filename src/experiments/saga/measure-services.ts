import { runClosedLoad } from '../../bench/load/closed-load.js';
import { LatencyHistogram } from '../../bench/load/latency-histogram.js';
import type { LoadRequest } from '../../bench/load/load-tally.js';
import { runOpenLoad } from '../../bench/load/open-load.js';
import { Arrivals } from '../relay/arrivals.js';
import { type MeasuredRun, type SagaExtent, measureRun } from './measure-run.js';
import type { SagaRunJob, SagaRunOutcome } from './saga-job.js';
import { type SagaServices, partySize, withSagaServices } from './saga-services.js';

/** A run fails after 20 ms a reservation plus twice this time. */
const patienceMs = 60_000;
const mostUnderWay = 1000;

interface Measuring {
  job: SagaRunJob;
  /** A reservation arrives when it is confirmed. */
  arrivals: Arrivals;
  services: SagaServices;
}

/** Measures reservations that pass through all services of the saga. */
export function measureServices(job: SagaRunJob, begin: () => Promise<number>): Promise<SagaRunOutcome> {
  const arrivals = new Arrivals();
  return withSagaServices(job, arrivals, async (services) => {
    const measuring = { job, arrivals, services };
    const callOff = arrivals.giveUpAfter(2 * patienceMs + 20 * job.reservations);
    try {
      const run = (extent: SagaExtent): Promise<MeasuredRun> =>
        extent.ratePerSecond === null
          ? runAtOnce(measuring, extent)
          : runPaced(measuring, extent, extent.ratePerSecond);
      const measured = await measureRun({ job, watch: services.watch, run }, begin);
      return { ...measured, ledger: services.ledger() };
    } finally {
      callOff();
    }
  });
}

/** Reserves as fast as possible. Ends when the last reservation is confirmed. */
async function runAtOnce(measuring: Measuring, extent: SagaExtent): Promise<MeasuredRun> {
  const { first, reservations, beginMs } = extent;
  const untilConfirmed = new LatencyHistogram();
  const confirmed: Promise<number>[] = [];
  await runClosedLoad({
    clients: measuring.job.clients,
    extent: { requests: reservations },
    beginMs,
    request: async ({ sequence }) => {
      const reserved = await reserve(measuring, first + sequence, { untilConfirmed, extent });
      confirmed.push(reserved.confirmed);
      return 'reserved';
    },
  });
  const times = await Promise.all(confirmed);
  const lastMs = times.reduce((latest, each) => Math.max(latest, each), beginMs);
  return { seconds: (lastMs - beginMs) / 1000, times: { untilConfirmed: untilConfirmed.toRecord() } };
}

/** Reserves when guests arrive, whether or not earlier requests have ended. */
async function runPaced(measuring: Measuring, extent: SagaExtent, ratePerSecond: number): Promise<MeasuredRun> {
  const { first, reservations, beginMs } = extent;
  const untilConfirmed = new LatencyHistogram();
  const request: LoadRequest = async ({ sequence }) => {
    const { confirmed } = await reserve(measuring, first + sequence, { untilConfirmed, extent });
    await confirmed;
    return 'confirmed';
  };
  const load = await runOpenLoad({
    arrivals: { ratePerSecond, spacing: 'exponential', seed: measuring.job.seed },
    extent: { requests: reservations },
    mostInFlight: mostUnderWay,
    beginMs,
    request,
  });
  const times = { untilConfirmed: untilConfirmed.toRecord(), sinceIntended: load.sinceIntended };
  return { seconds: load.seconds, times };
}

/** Resolves when the reservation is made. Its `confirmed` resolves with the time of the confirmation. */
async function reserve(
  { job, arrivals, services }: Measuring,
  guest: number,
  { untilConfirmed, extent: { backlog } }: { untilConfirmed: LatencyHistogram; extent: SagaExtent },
): Promise<{ confirmed: Promise<number> }> {
  const slotId = 1 + (guest % job.slots);
  const request = { slotId, memberId: guest, partySize, idempotencyKey: `guest-${guest}` };
  const outcome = await services.reservations.reserve(request);
  const reservedMs = performance.now();
  if (outcome.kind !== 'reserved') throw new Error(`guest ${guest} got ${outcome.kind}`);
  backlog.reserved(1);
  const confirmed = arrivals.expect(String(outcome.reservationId)).then((atMs) => {
    backlog.confirmed(1);
    untilConfirmed.record(Math.max(0, atMs - reservedMs) * 1000);
    return atMs;
  });
  // It is awaited later. A rejection before that must not count as unhandled.
  confirmed.catch(() => {});
  return { confirmed };
}
