// The entry of a measuring process: one share of a load, its own CPU time and memory. Started by run-load.ts.
import { runClosedLoad } from '../../bench/load/closed-load.js';
import type { LoadRecord, LoadRequest } from '../../bench/load/load-tally.js';
import { measureProcess } from '../../bench/measure-process.js';
import { runOpenLoad } from '../../bench/load/open-load.js';
import { seededRandom } from '../../bench/load/random.js';
import { withClosing } from '../../closing.js';
import { connect } from '../../database/index.js';
import type { Database } from '../../database/index.js';
import { isTablepickError } from '../../errors.js';
import { CallLog } from './call-log.js';
import type { CallOutcome } from './call-log.js';
import { chooseSlots } from './choose-slots.js';
import type { LoadJob, LoadOutcome } from './load-job.js';
import { readyTarget } from './ready-target.js';
import type { LoadTarget } from './load-target.js';
import { followOrders } from '../processes/timed-process.js';

const warmupClients = 8;

await followOrders<LoadJob, LoadOutcome>((job, begin) => withTarget(job, (target) => measureLoad(job, target, begin)));

async function withTarget<T>(job: LoadJob, work: (target: LoadTarget) => Promise<T>): Promise<T> {
  return withClosing(async ({ onClose }) => {
    const database = await connect(job.connection);
    onClose(() => database.close());
    await openConnections(database);
    const target = await readyTarget(database, job);
    onClose(() => target.close());
    return work(target);
  });
}

/** Opens every connection of the pool, so that none is opened while the clock runs. */
async function openConnections(database: Database): Promise<void> {
  let open = 0;
  let allOpen = (): void => undefined;
  const together = new Promise<void>((resolve) => (allOpen = resolve));
  const hold = async (): Promise<void> => {
    if ((open += 1) === database.poolSize) allOpen();
    await together;
  };
  await Promise.all(Array.from({ length: database.poolSize }, () => database.session(hold)));
}

async function measureLoad(job: LoadJob, target: LoadTarget, begin: () => Promise<number>): Promise<LoadOutcome> {
  await warmUp(job, target);
  target.watch.restart();
  const beginMs = await begin();
  const log = new CallLog(job.process);
  const meter = measureProcess();
  const load = await runLoad(job, requestsTo(target, log, slotsAskedFor(job)), beginMs);
  const client = meter.read();
  meter.stop();
  return { load, client: { ...client, rssSamples: [] }, calls: log.toRecord(), transactions: target.watch.toRecord() };
}

/**
 * Runs the measured code before the clock starts, so that it is compiled. It uses a slot of its own, which is then
 * emptied.
 */
async function warmUp({ process, shape, warmupRequests }: LoadJob, target: LoadTarget): Promise<void> {
  const request = requestsTo(target, new CallLog(process), () => shape.slots + 1);
  const extent = { requests: warmupRequests };
  await runClosedLoad({ clients: warmupClients, extent, beginMs: performance.now(), request });
}

function runLoad({ shape, seed }: LoadJob, request: LoadRequest, beginMs: number): Promise<LoadRecord> {
  const { clients, extent, ratePerSecond } = shape;
  if (ratePerSecond === null) return runClosedLoad({ clients, extent, beginMs, request });
  const arrivals = { ratePerSecond, spacing: 'exponential' as const, seed };
  return runOpenLoad({ arrivals, extent, mostInFlight: clients, beginMs, request });
}

function slotsAskedFor({ shape, seed }: LoadJob): () => number {
  return chooseSlots({ slots: shape.slots, hotShare: shape.hotShare, random: seededRandom(seed + 1) });
}

/**
 * Sends the requests of the load and logs every call with its outcome. It is one function, because each layer of
 * promises costs time in every measurement.
 */
function requestsTo(target: LoadTarget, log: CallLog, nextSlot: () => number): LoadRequest {
  return async ({ sequence }) => {
    const request = log.requestOf(sequence, nextSlot());
    const startedAtMs = performance.timeOrigin + performance.now();
    let outcome: CallOutcome;
    try {
      outcome = await target.reserve(request);
    } catch (error) {
      outcome = { kind: 'failed', code: isTablepickError(error) ? error.code : String(error) };
    }
    log.add(sequence, request, { startedAtMs, endedAtMs: performance.timeOrigin + performance.now(), outcome });
    return outcome.kind === 'failed' ? `error ${outcome.code}` : outcome.kind;
  };
}
