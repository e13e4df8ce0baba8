import type { VariantDescription } from '../../bench/rows/rows-result.js';
import { TablepickError } from '../../errors.js';
import type { InsertStrategyName } from '../../slots/index.js';
import type { InsertWay } from './insert-job.js';
import type { PeerLanguage } from './peers/peer-programs.js';

/** A peer's way of inserting. */
export interface PeerWay {
  language: PeerLanguage;
  way: string;
  threads: number;
}

/** A way of inserting that is measured, by tablepick or by a peer. */
export type InsertVariant = VariantDescription & ({ own: InsertWay } | { peer: PeerWay });

/** Rows of one batch in the peers, as in the service that led to tablepick. */
export const peerBatchRows = 3_000;

/** True for all peers, or the names of some as in the report. */
export type PeerChoice = boolean | readonly string[];

/** The facts that decide the list of variants. */
export interface VariantRequest {
  strategies: readonly InsertStrategyName[];
  /** The strategy that `auto` means here. */
  defaultStrategy: InsertStrategyName;
  /** False: the server forbids LOAD DATA LOCAL. */
  localInfile: boolean;
  peers: PeerChoice;
  /** Rows of each run; `sampleRows` is the most for a way that inserts row by row. */
  rows: number;
  sampleRows: number;
}

/** Every variant of the experiment, as the report lists them; the default strategy is always among them. */
export function listInsertVariants(request: VariantRequest): InsertVariant[] {
  const full = { rows: request.rows, sampled: false };
  const sample = request.sampleRows < request.rows ? { rows: request.sampleRows, sampled: true } : full;
  const strategies = new Set([...request.strategies, request.defaultStrategy]);
  return [
    ...[...strategies].map((strategy): InsertVariant => ({
      ...(insertsOneByOne(strategy) ? sample : full),
      name: strategy,
      label: `tablepick ${strategy}`,
      group: 'tablepick',
      own: { kind: 'strategy', strategy },
    })),
    { ...full, ...withoutCheckpoints(request.defaultStrategy) },
    { ...full, ...byHand('by-hand-server-side', 'INSERT … SELECT by hand, 2 connections') },
    ...(request.localInfile ? [{ ...full, ...byHand('by-hand-load-data', 'LOAD DATA by hand, 2 connections') }] : []),
    ...choosePeers(request.peers, listPeers(full, sample)),
  ];
}

function insertsOneByOne(strategy: InsertStrategyName): boolean {
  return strategy === 'identity' || strategy === 'prepared';
}

type Unsized = Omit<InsertVariant, 'rows' | 'sampled'> & { own: InsertWay };

function withoutCheckpoints(strategy: InsertStrategyName): Unsized {
  return {
    name: 'without-checkpoints',
    label: `tablepick ${strategy}, no checkpoints`,
    group: 'tablepick',
    own: { kind: 'without-checkpoints', strategy },
  };
}

function byHand(kind: 'by-hand-server-side' | 'by-hand-load-data', label: string): Unsized {
  return { name: kind, label, group: 'by-hand', own: { kind } };
}

/** @throws `BAD_OPTION` for a name that no peer has. */
function choosePeers(choice: PeerChoice, peers: InsertVariant[]): InsertVariant[] {
  if (typeof choice === 'boolean') return choice ? peers : [];
  const names = peers.map(({ name }) => name);
  const unknown = choice.find((name) => !names.includes(name));
  if (unknown === undefined) return peers.filter(({ name }) => choice.includes(name));
  throw new TablepickError('BAD_OPTION', `there is no peer ${unknown}`, { hint: `choose from ${names.join(', ')}` });
}

type Size = Pick<VariantDescription, 'rows' | 'sampled'>;

function listPeers(full: Size, sample: Size): (InsertVariant & { peer: PeerWay })[] {
  const java = (way: string, threads = 1): { group: 'peer'; peer: PeerWay } => ({
    group: 'peer',
    peer: { language: 'java', way, threads },
  });
  const node = (way: string): { group: 'peer'; peer: PeerWay } => ({
    group: 'peer',
    peer: { language: 'node', way, threads: 1 },
  });
  const batch = `batch(${peerBatchRows})`;
  return [
    { ...sample, ...java('identity'), name: 'java-hibernate-identity', label: 'Java: Hibernate, IDENTITY' },
    { ...sample, ...java('row'), name: 'java-jdbctemplate-row', label: 'Java: JdbcTemplate, row by row' },
    { ...full, ...java('batch'), name: 'java-jdbctemplate-batch', label: `Java: JdbcTemplate, ${batch}` },
    {
      ...full,
      ...java('batch-java-time'),
      name: 'java-jdbctemplate-batch-java-time',
      label: `Java: JdbcTemplate, ${batch}, java.time`,
    },
    {
      ...full,
      ...java('batch', 2),
      name: 'java-jdbctemplate-batch-2',
      label: `Java: JdbcTemplate, ${batch}, 2 threads`,
    },
    { ...full, ...node('knex'), name: 'node-knex', label: `Node: knex batchInsert, ${batch}` },
    { ...full, ...node('typeorm'), name: 'node-typeorm', label: `Node: TypeORM query builder, ${batch}` },
  ];
}
