import { figureOf, runFigure, speedFigure } from '../../bench/figures.js';
import type { Figure, Goal } from '../../bench/result.js';
import type { VariantResult } from '../../bench/rows/rows-result.js';
import type { InsertStrategyName } from '../../slots/index.js';

/** Slots of the month to which the goals apply: 10,390 restaurants × 16 slots × 30 days. */
export const monthRows = 4_987_200;

const megabyte = 1_000_000;

/** The default strategy, and whether the runs are long enough for goals. */
export interface FigureRequest {
  defaultStrategy: InsertStrategyName;
  rows: number;
}

/**
 * The experiment's figures. A figure whose variants did not run is left out. The goals apply from a month of rows on.
 */
export function insertFigures(variants: readonly VariantResult[], request: FigureRequest): Figure[] {
  const find = (name: string): VariantResult | undefined => variants.find((each) => each.name === name);
  const own = find(request.defaultStrategy);
  const figures = own === undefined ? [] : [...peerFigures(own, find, request), ...ownFigures(own, find, request)];
  return [...figures, peakMemory(variants, goalFor(request, { atMost: 200 * megabyte }))].filter(
    (each) => each !== null,
  );
}

type Find = (name: string) => VariantResult | undefined;

function peerFigures(own: VariantResult, find: Find, request: FigureRequest): (Figure | null)[] {
  const against = (peer: string, title: string, goal: Goal | null): Figure | null => {
    const other = find(peer);
    const description = { name: `default-vs-${peer}`, title: `${own.name} (default) against ${title}`, goal };
    return other === undefined ? null : speedFigure(description, own, other);
  };
  return [
    against('java-jdbctemplate-batch', 'Java batch(3000)', goalFor(request, { atLeast: 4.5 })),
    against('java-jdbctemplate-batch-java-time', 'Java batch(3000) with java.time', null),
    against('java-jdbctemplate-batch-2', 'Java batch(3000) on 2 threads', null),
    against('java-jdbctemplate-row', 'Java row by row', null),
    against('java-hibernate-identity', 'Hibernate IDENTITY', goalFor(request, { atLeast: 50 })),
    against('node-knex', 'knex batchInsert', null),
    against('node-typeorm', 'TypeORM', null),
  ];
}

function ownFigures(own: VariantResult, find: Find, request: FigureRequest): (Figure | null)[] {
  const bare = find('without-checkpoints');
  const hand = find(own.name === 'load-data' ? 'by-hand-load-data' : 'by-hand-server-side');
  const byHand = { name: 'bare-vs-by-hand', title: `${own.name} without checkpoints against the same by hand` };
  const share = { name: 'verify-share', title: `time of verify, as a share of ${own.name}'s`, unit: 'share' as const };
  return [
    bare && hand ? speedFigure({ ...byHand, goal: goalFor(request, { atLeast: 0.95 }) }, bare, hand) : null,
    bare ? checkpointCost(own, bare, goalFor(request, { atMost: 0.05 })) : null,
    runFigure({ ...share, goal: goalFor(request, { atMost: 0.2 }) }, own, (run) =>
      run.verifySeconds === null ? null : run.verifySeconds / run.seconds,
    ),
  ];
}

/** The share of the speed that the checkpoints cost. It is below 0 when the noise is larger than the cost. */
function checkpointCost(own: VariantResult, bare: VariantResult, goal: Goal | null): Figure | null {
  const title = `what checkpoints, ownership and retries take of ${own.name}'s speed`;
  const ratio = speedFigure({ name: 'ratio', title, goal: null }, own, bare);
  if (ratio === null) return null;
  return figureOf(
    { name: 'checkpoint-cost', title, unit: 'share', goal },
    ratio.values.map((value) => 1 - value),
  );
}

function peakMemory(variants: readonly VariantResult[], goal: Goal | null): Figure | null {
  const runs = variants.filter((each) => each.group === 'tablepick').flatMap((each) => each.runs);
  const rounds = [...new Set(runs.map((run) => run.round))];
  const peaks = rounds.map((round) => {
    const ofRound = runs.filter((run) => run.round === round);
    return Math.max(...ofRound.map((run) => run.client?.peakRssBytes ?? 0));
  });
  const title = 'largest client memory (RSS) of any strategy';
  return figureOf({ name: 'peak-memory', title, unit: 'bytes', goal }, peaks);
}

function goalFor(request: FigureRequest, goal: Goal): Goal | null {
  return request.rows >= monthRows ? goal : null;
}
