import type { Transaction } from '../../database/index.js';
import { placeholders } from '../../database/placeholders.js';
import type { WireMessage } from '../envelope/message.js';
import type { OutboxHead } from '../forwarding.js';

/** The number of lanes over which the keys of an outbox are spread. Its column `lane` is `CRC32(aggregateid) % 16`. */
export const LANES = 16;

/** All lanes with `lane % of === share`. */
export interface LaneShare {
  share: number;
  of: number;
}

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

const HEAD = 'o.seq, o.aggregatetype AS topic, o.aggregateid AS `key`, LENGTH(o.payload) AS bytes';

const COLUMNS = `o.seq, o.id, o.aggregatetype AS topic, o.aggregateid AS \`key\`, o.type, o.payload,
  o.schema_version AS schemaVersion, o.attempt, o.occurred_at AS occurredAt, o.traceparent`;

// ix_outbox_claim gives each lane in its order. When a transaction commits late, its rows come in a later claim,
// whatever their seq.
const claimThrough = (
  columns: string,
  lanes: readonly number[],
): string => `SELECT ${columns} FROM outbox o FORCE INDEX (ix_outbox_claim)
  WHERE o.status = 'PENDING' AND o.lane IN ${placeholders(lanes)} ORDER BY o.lane, o.seq LIMIT ?`;

const CLAIM_LANE = `(SELECT seq FROM outbox FORCE INDEX (ix_outbox_claim)
  WHERE status = 'PENDING' AND lane = ? ORDER BY seq LIMIT ?)`;

const claimFromEach = (columns: string, lanes: readonly number[]): string => `SELECT ${columns}
  FROM (${lanes.map(() => CLAIM_LANE).join(' UNION ALL ')}) claimed STRAIGHT_JOIN outbox o ON o.seq = claimed.seq`;

const SELECT_ROWS = `SELECT ${COLUMNS} FROM outbox o FORCE INDEX (PRIMARY) WHERE o.seq IN `;

// The primary key is forced: the optimizer would take ix_outbox_claim and lock rows that nobody claimed.
const MARK = (status: 'SENT' | 'REFUSED'): string =>
  `UPDATE outbox FORCE INDEX (PRIMARY) SET status = '${status}' WHERE seq IN `;

/** Creates the rows that relays lock. When the rows exist, it does not wait for relays that hold them. */
export async function addLanes(tx: Transaction): Promise<void> {
  const present = await tx.query('SELECT lane FROM outbox_lane');
  if (present.length < LANES) await tx.execute(ADD_LANES);
}

/** Locks the lanes of a share, except those that another relay holds. */
export async function lockLanes(tx: Transaction, { share, of }: LaneShare): Promise<number[]> {
  const rows = await tx.query<{ lane: number }>(LOCK_LANES, [of, share]);
  return rows.map(({ lane }) => lane);
}

/** Which waiting rows a batch takes. Rows of one lane come in the order in which they were written. */
export interface Claim {
  lanes: readonly number[];
  most: number;
  /**
   * `in turn`: when more than `most` rows wait, the last lanes wait longer. `alike`: the oldest rows of each lane,
   * equally many from each, which costs more when few rows wait.
   */
  order: 'in turn' | 'alike';
}

/** Reads the waiting rows of a claim. */
export async function claimRows(tx: Transaction, claim: Claim): Promise<OutboxRow[]> {
  return (await selectClaimed<Row>(tx, COLUMNS, claim)).map(toOutboxRow);
}

/** As {@link claimRows}, without the content of the rows. */
export function claimHeads(tx: Transaction, claim: Claim): Promise<OutboxHead[]> {
  return selectClaimed<OutboxHead>(tx, HEAD, claim);
}

async function selectClaimed<Found extends { seq: number }>(
  tx: Transaction,
  columns: string,
  { lanes, most, order }: Claim,
): Promise<Found[]> {
  if (lanes.length === 0) return [];
  if (order === 'in turn') return tx.query<Found>(claimThrough(columns, lanes), [...lanes, most]);
  const mostOfLane = Math.ceil(most / lanes.length);
  const values = lanes.flatMap((lane) => [lane, mostOfLane]);
  const rows = await tx.query<Found>(claimFromEach(columns, lanes), values);
  return rows.sort((left, right) => left.seq - right.seq).slice(0, most);
}

/** Reads some rows whole. */
export async function readRows(tx: Transaction, seqs: readonly number[]): Promise<OutboxRow[]> {
  if (seqs.length === 0) return [];
  const rows = await tx.query<Row>(`${SELECT_ROWS}${placeholders(seqs)}`, seqs);
  return rows.map(toOutboxRow);
}

/** Marks rows as sent, or as refused for good by the transport. */
export async function markRows(
  tx: Transaction,
  rows: readonly { seq: number }[],
  status: 'SENT' | 'REFUSED',
): Promise<void> {
  if (rows.length === 0) return;
  const seqs = rows.map(({ seq }) => seq);
  await tx.execute(`${MARK(status)}${placeholders(seqs)}`, seqs);
}

/** Makes from a row what `encodeMessage` makes from its message. The payload is not parsed. */
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
