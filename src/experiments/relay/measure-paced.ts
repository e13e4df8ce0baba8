import { randomUUID } from 'node:crypto';

import { LatencyHistogram } from '../../bench/load/latency-histogram.js';
import { measureProcess } from '../../bench/measure-process.js';
import { runOpenLoad } from '../../bench/load/open-load.js';
import type { Transport } from '../../messaging/index.js';
import { Arrivals } from './arrivals.js';
import { benchMessage } from './bench-messages.js';
import type { RelayJob, RelayOutcome } from './relay-job.js';

/** Messages that are sent when they are due, one by one. */
export interface PacedSending {
  job: RelayJob;
  /** The transport on which the messages arrive. */
  transport: Transport;
  ratePerSecond: number;
  /** Resolves when the message is committed, with the time at which its measurement began, by `performance.now()`. */
  send: (topic: string, index: number) => Promise<number>;
}

const mostUnderWay = 1000;
/**
 * Longest warm-up, at the rate that is measured. The warm-up never sends more messages than the measurement. Without
 * it, the first messages would be late because their code has never run.
 */
const mostWarmupSeconds = 5;
/** Time limit for messages that are under way when the last message is due. */
const patienceMs = 60_000;

/** Times messages until they are consumed, in an open load. */
export async function measurePaced(
  sending: PacedSending,
  begin: () => Promise<number>,
): Promise<Omit<RelayOutcome, 'transactions'>> {
  const { job, transport, ratePerSecond } = sending;
  const arrivals = new Arrivals();
  const subscription = await transport.subscribe({
    group: `tablepick-bench-${randomUUID()}`,
    topics: [job.topic, job.warmupTopic],
    // Nothing is committed, because no later subscription continues in this group.
    onBatch: async ({ messages }) => messages.forEach(({ topic, headers }) => arrivals.note(`${topic} ${headers.id}`)),
  });
  const allInMs = (1000 * job.messages) / ratePerSecond + patienceMs;
  const callOff = arrivals.giveUpAfter(patienceMs + allInMs);
  try {
    await pace(
      { sending, arrivals, topic: job.warmupTopic },
      performance.now(),
      Math.min(job.messages, mostWarmupSeconds * ratePerSecond),
    );
    const beginMs = await begin();
    const meter = measureProcess();
    const { load, untilConsumed } = await pace({ sending, arrivals, topic: job.topic }, beginMs, job.messages);
    const client = { ...meter.read(), rssSamples: [] };
    meter.stop();
    const times = { untilConsumed, sinceIntended: load.sinceIntended };
    return { delivered: load.answers.delivered ?? 0, seconds: load.seconds, times, client };
  } finally {
    callOff();
    await subscription.stop();
  }
}

interface Pacing {
  sending: PacedSending;
  arrivals: Arrivals;
  topic: string;
}

async function pace({ sending, arrivals, topic }: Pacing, beginMs: number, requests: number) {
  const { job, ratePerSecond, send } = sending;
  const untilConsumed = new LatencyHistogram();
  const load = await runOpenLoad({
    arrivals: { ratePerSecond, spacing: 'exponential', seed: job.seed },
    extent: { requests },
    mostInFlight: mostUnderWay,
    beginMs,
    request: async ({ sequence }) => {
      const arrival = arrivals.expect(`${topic} ${benchMessage(topic, sequence).id}`);
      const [beganMs, arrivedMs] = await Promise.all([send(topic, sequence), arrival]);
      untilConsumed.record((arrivedMs - beganMs) * 1000);
      return 'delivered';
    },
  });
  return { load, untilConsumed: untilConsumed.toRecord() };
}
