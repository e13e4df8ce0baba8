import { LoadTally } from './load-tally.js';
import type { LoadExtent, LoadRecord, LoadRequest } from './load-tally.js';
import { sleepUntil } from './sleep-until.js';

/** Clients that ask again as soon as they are answered. */
export interface ClosedLoad {
  /** 1 or more. */
  clients: number;
  extent: LoadExtent;
  /** The time at which all clients begin, by `performance.now()`: now or later. */
  beginMs: number;
  request: LoadRequest;
}

/**
 * Runs a closed load. All clients send their first request at `beginMs`, and each next request when the last was
 * answered. A request is due when its client's last request was answered. Requests under way when the duration ends are
 * awaited.
 */
export async function runClosedLoad(load: ClosedLoad): Promise<LoadRecord> {
  const tally = new LoadTally(load.beginMs);
  const next = tickets(load);
  await sleepUntil(load.beginMs);
  await Promise.all(Array.from({ length: load.clients }, (_, client) => runClient(client, { load, next, tally })));
  return tally.toRecord();
}

interface ClientWork {
  load: ClosedLoad;
  next: () => number | undefined;
  tally: LoadTally;
}

async function runClient(client: number, { load, next, tally }: ClientWork): Promise<void> {
  let intendedMs = load.beginMs;
  for (let sequence = next(); sequence !== undefined; sequence = next()) {
    const sentMs = performance.now();
    const answer = await load.request({ client, sequence });
    const answeredMs = performance.now();
    tally.add(answer, { intendedMs, sentMs, answeredMs });
    intendedMs = answeredMs;
  }
}

/** Gives the numbers of the requests until the extent is used up. */
function tickets({ extent, beginMs }: ClosedLoad): () => number | undefined {
  let taken = 0;
  const more = (): boolean =>
    'requests' in extent ? taken < extent.requests : performance.now() < beginMs + extent.durationMs;
  return () => (more() ? taken++ : undefined);
}
