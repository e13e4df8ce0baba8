import { type Transaction, placeholders } from '../database/index.js';
import { LANES } from './lane-of.js';
import type { WireMessage } from './message.js';

/** A row of the outbox, ready to be sent. */
export interface OutboxRow {
  seq: number;
  message: WireMessage;
}

interface Row {
  seq: number;
  id: string;
  topic: string;
  key: string;
  type: string;
  payload: string;
  schemaVersion: number;
  attempt: number;
  occurredAt: string;
  traceparent: string | null;
}

const ADD_LANES = `INSERT INTO outbox_lane (lane) VALUES ${Array.from({ length: LANES }, (_, lane) => `(${lane})`).join(', ')}
  ON DUPLICATE KEY UPDATE lane = VALUES(lane)`;

const LOCK_LANES = 'SELECT lane FROM outbox_lane WHERE lane % ? = ? ORDER BY lane FOR UPDATE SKIP LOCKED';

// ix_outbox_claim alone answers it, in its own order; rows of a transaction that has not committed yet come in a later claim, whatever their seq.
const CLAIM_LANE = `(SELECT seq FROM outbox FORCE INDEX (ix_outbox_claim)
  WHERE status = 'PENDING' AND lane = ? ORDER BY seq LIMIT ?)`;

const selectRows = (lanes: number): string => `SELECT o.seq, o.id, o.aggregatetype AS topic, o.aggregateid AS \`key\`,
    o.type, o.payload, o.schema_version AS schemaVersion, o.attempt, o.occurred_at AS occurredAt, o.traceparent
  FROM (${Array(lanes).fill(CLAIM_LANE).join(' UNION ALL ')}) claimed STRAIGHT_JOIN outbox o ON o.seq = claimed.seq`;

// The primary key is forced: the optimizer would take ix_outbox_claim and lock rows that nobody claimed.
const MARK = (status: 'SENT' | 'REFUSED'): string =>
  `UPDATE outbox FORCE INDEX (PRIMARY) SET status = '${status}' WHERE seq IN `;

/** Makes the rows that relays lock; where they are there it waits for nobody who holds them. */
export async function addLanes(tx: Transaction): Promise<void> {
  const present = await tx.query('SELECT lane FROM outbox_lane');
  if (present.length < LANES) await tx.execute(ADD_LANES);
}

/** Locks the lanes of one of `of` shares, but for those that another relay holds. */
export async function lockLanes(tx: Transaction, { share, of }: { share: number; of: number }): Promise<number[]> {
  const rows = await tx.query<{ lane: number }>(LOCK_LANES, [of, share]);
  return rows.map(({ lane }) => lane);
}

/** The oldest rows that wait in these lanes, those of a lane in the order they were written; `most` at most. */
export async function claimRows(tx: Transaction, lanes: readonly number[], most: number): Promise<OutboxRow[]> {
  if (lanes.length === 0) return [];
  const mostOfLane = Math.ceil(most / lanes.length);
  const rows = await tx.query<Row>(
    selectRows(lanes.length),
    lanes.flatMap((lane) => [lane, mostOfLane]),
  );
  const inOrder = rows.sort((left, right) => left.seq - right.seq);
  return inOrder.slice(0, most).map(toOutboxRow);
}

/** Marks rows as sent, or as refused for good by the transport. */
export async function markRows(tx: Transaction, rows: readonly OutboxRow[], status: 'SENT' | 'REFUSED'): Promise<void> {
  if (rows.length === 0) return;
  const seqs = rows.map(({ seq }) => seq);
  await tx.execute(`${MARK(status)}${placeholders(seqs)}`, seqs);
}

/** What `encodeMessage` makes of a message, made of its row: the payload is not read. */
function toOutboxRow(row: Row): OutboxRow {
  const { seq, id, topic, key, type, payload, traceparent } = row;
  const headers: Record<string, string> = {
    id,
    type,
    aggregate: topic,
    schemaVersion: String(row.schemaVersion),
    attempt: String(row.attempt),
    occurredAt: `${row.occurredAt.slice(0, 10)}T${row.occurredAt.slice(11, 23)}Z`,
  };
  if (traceparent !== null) headers.traceparent = traceparent;
  return { seq, message: { topic, key, value: payload, headers } };
}
