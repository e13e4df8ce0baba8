import { ratioFigure, runFigure } from '../../bench/figures.js';
import type { LoadRun, LoadVariant } from '../../bench/load/load-result.js';
import type { Figure, Goal } from '../../bench/result.js';
import { type TransportKind, transportKinds } from '../../messaging/index.js';
import { paceBetween } from './pace-between.js';

/** Smaller runs are trials and have no goals. */
const enough = { messages: 1_000_000, sample: 50_000 };

/** Shares of the backlog at whose beginning and end the pace is compared. The first moments are those of the start. */
const begin = [0.05, 0.25] as const;
const end = [0.75, 0.95] as const;

/** The experiment's figures, of the variants that ran. */
export function consumerFigures(
  measured: readonly LoadVariant[],
  extent: { messages: number; sample: number },
): Figure[] {
  return transportKinds.flatMap((carrier) => figuresOf(carrier, measured, extent)).filter((figure) => figure !== null);
}

function figuresOf(
  carrier: TransportKind,
  measured: readonly LoadVariant[],
  extent: { messages: number; sample: number },
): (Figure | null)[] {
  const goalOf = (of: keyof typeof enough, goal: Goal): Goal | null => (extent[of] >= enough[of] ? goal : null);
  const find = (name: string): LoadVariant | undefined => measured.find((each) => each.name === `${carrier}-${name}`);
  const describe = ({ name, title, ...more }: Described) => ({
    ...more,
    name: `${carrier}-${name}`,
    title: `${carrier}: ${title}`,
  });
  const against = (pair: readonly [string, string], title: string, goal: Goal | null): Figure | null => {
    const [first, second] = [find(pair[0]), find(pair[1])];
    if (first === undefined || second === undefined) return null;
    const reading = ({ runs }: LoadVariant) => ({ runs, read: (run: LoadRun) => run.goodPerSecond });
    const described = describe({ name: pair.join('-vs-'), title, unit: 'times', goal });
    return ratioFigure(described, reading(first), reading(second));
  };
  const ofBacklog = (described: Described, read: (run: LoadRun) => number | null): Figure | null => {
    const backlog = find('backlog');
    return backlog === undefined ? null : runFigure(describe(described), backlog, read);
  };
  const poisoned = goalOf('sample', { atLeast: 0.8 });
  return [
    against(['handler-refuses', 'plain'], 'messages that the handler refuses, pace against none', poisoned),
    against(['server-refuses', 'plain'], 'rows that the server refuses, pace against none', poisoned),
    against(['plain', 'one-by-one'], 'pace against one message a transaction', null),
    ofBacklog({ ...RSS, goal: goalOf('messages', { atMost: 300e6 }) }, ({ client }) => client && client.peakRssBytes),
    ofBacklog({ ...PACE, goal: goalOf('messages', { atLeast: 0.85 }) }, paceAtEnd),
  ];
}

type Described = Pick<Figure, 'name' | 'title' | 'unit' | 'goal'>;

const RSS = { name: 'backlog-rss', title: 'backlog, largest resident set of the consumer', unit: 'bytes' } as const;
const PACE = { name: 'backlog-pace', title: 'backlog, pace near its end against its begin', unit: 'times' } as const;

function paceAtEnd({ backlog = [] }: LoadRun): number | null {
  const [first, last] = [paceBetween(backlog, begin), paceBetween(backlog, end)];
  return first === null || last === null ? null : last / first;
}
