import { ratioFigure } from '../../bench/figures.js';
import type { LoadRun, LoadVariant } from '../../bench/load/load-result.js';
import type { Figure, Goal } from '../../bench/result.js';

/** The extent of the experiment. It decides whether the figures have goals. */
export interface RelayExtent {
  messages: number;
  pacedSeconds: number;
}

/** Smaller drains and shorter paced loads are trials without goals. */
const enough: RelayExtent = { messages: 20_000, pacedSeconds: 5 };

type Read = (run: LoadRun) => number;

interface Ratio {
  name: string;
  title: string;
  pair: readonly [upper: string, lower: string];
  read: Read;
  goal: Goal | null;
}

const perSecond: Read = (run) => run.goodPerSecond;
const untilConsumed =
  (percentile: 'p50Ms' | 'p99Ms'): Read =>
  (run) =>
    run.latencies.untilConsumed?.[percentile] ?? Number.NaN;

const ratios: readonly (Ratio & { of: keyof RelayExtent })[] = [
  {
    name: 'relay-vs-producer',
    title: 'relay against a bare producer, messages/s',
    pair: ['relay', 'producer'],
    read: perSecond,
    goal: { atLeast: 0.7 },
    of: 'messages',
  },
  {
    name: 'relay-vs-one-by-one',
    title: 'relay against one row at a time, messages/s',
    pair: ['relay', 'relay-one-by-one'],
    read: perSecond,
    goal: { atLeast: 10 },
    of: 'messages',
  },
  {
    name: 'database-vs-kafka',
    title: 'relay to the database transport against one to Kafka, messages/s',
    pair: ['relay-database', 'relay'],
    read: perSecond,
    goal: null,
    of: 'messages',
  },
  {
    name: 'relay-vs-producer-p99',
    title: 'COMMIT to consumed against bare send to consumed, p99',
    pair: ['paced-relay', 'paced-producer'],
    read: untilConsumed('p99Ms'),
    goal: { atMost: 3 },
    of: 'pacedSeconds',
  },
  {
    name: 'woken-vs-polling-p50',
    title: 'relay woken by the COMMIT against one that looks, p50',
    pair: ['paced-relay', 'paced-polling'],
    read: untilConsumed('p50Ms'),
    goal: null,
    of: 'pacedSeconds',
  },
];

/** The experiment's figures, of the variants that ran. A figure has a goal only when enough was measured. */
export function relayFigures(measured: readonly LoadVariant[], extent: RelayExtent): Figure[] {
  const byName = new Map(measured.map((variant) => [variant.name, variant]));
  return ratios.flatMap(({ pair, read, of, goal, ...description }) => {
    const [upper, lower] = pair.map((name) => byName.get(name));
    if (upper === undefined || lower === undefined) return [];
    const held = extent[of] >= enough[of] ? goal : null;
    const readings = [upper, lower].map(({ runs }) => ({ runs, read })) as [
      { runs: LoadRun[]; read: Read },
      { runs: LoadRun[]; read: Read },
    ];
    return ratioFigure({ ...description, goal: held }, ...readings) ?? [];
  });
}
