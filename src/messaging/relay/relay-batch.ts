import type { Database, Transaction } from '../../database/index.js';
import { type TablepickError, isTablepickError } from '../../errors.js';
import { writeRefused } from '../dead-letters/dead-letter.js';
import type { Forwarding } from '../forwarding.js';
import {
  type Claim,
  type LaneShare,
  type OutboxRow,
  claimHeads,
  claimRows,
  lockLanes,
  markRows,
  readRows,
} from '../outbox/claim-outbox.js';
import type { Transport } from '../transport.js';
import type { RelayEvent } from './relay-event.js';

/**
 * When a relay stops in the middle of a batch, e.g. with its machine, it loses its lanes after this time. Publishing
 * fails sooner.
 */
const IDLE_SECONDS = 60;

/** Default rows of a batch. */
export const BATCH_ROWS = 1000;

/** Settings of a batch. */
export interface BatchContext {
  database: Database;
  transport: Pick<Transport, 'publish'>;
  /** Used instead of publishing, when the transport's messages are on the outbox's server. */
  forwarding: Forwarding | undefined;
  batchRows: number;
  onEvent?: ((event: RelayEvent) => void) | undefined;
  signal: AbortSignal;
}

/** What became of the rows of a batch. */
interface Sent {
  rows: number;
  /** Rows that the transport will never take, and why. */
  refused: readonly (readonly [OutboxRow, TablepickError])[];
  /** Time that publishing or copying took. */
  ms: number;
}

/**
 * Claims, sends and marks a batch in one transaction, which holds its lanes. Resolves with the number of its rows.
 * Undefined when other relays hold all lanes of the share. When the relay dies on the way, all rows still wait. Rows
 * that were published are sent twice then. Rows that were forwarded are not.
 */
export async function relayBatch(
  context: BatchContext,
  share: LaneShare,
  order: Claim['order'],
): Promise<number | undefined> {
  const { database, batchRows, signal, forwarding } = context;
  const sent = await database.transaction(
    async (tx) => {
      const lanes = await lockLanes(tx, share);
      if (lanes.length === 0) return undefined;
      const claim = { lanes, most: batchRows, order };
      return forwarding === undefined ? publishClaimed(tx, context, claim) : forwardClaimed(tx, forwarding, claim);
    },
    { retry: false, signal, idleSeconds: IDLE_SECONDS },
  );
  if (sent !== undefined && sent.rows > 0) tell(context, sent);
  return sent?.rows;
}

function tell({ onEvent }: BatchContext, { rows, refused, ms }: Sent): void {
  onEvent?.({ kind: 'sent', messages: rows - refused.length, ms });
  for (const [{ message }, error] of refused) onEvent?.({ kind: 'refused', id: message.headers.id ?? '', error });
}

async function publishClaimed(tx: Transaction, { transport }: BatchContext, claim: Claim): Promise<Sent> {
  const rows = await claimRows(tx, claim);
  const began = performance.now();
  const refused = new Map<OutboxRow, TablepickError>();
  if (rows.length > 0) await publishRows(transport, rows, refused);
  const ms = performance.now() - began;
  await settle(tx, { rows, refused: [...refused] });
  return { rows: rows.length, refused: [...refused], ms };
}

async function forwardClaimed(tx: Transaction, forwarding: Forwarding, claim: Claim): Promise<Sent> {
  const heads = await claimHeads(tx, claim);
  if (heads.length === 0) return { rows: 0, refused: [], ms: 0 };
  const began = performance.now();
  const refusals = await forwarding.forward(tx, heads);
  const ms = performance.now() - began;
  const errors = new Map([...refusals].map(([{ seq }, error]) => [seq, error]));
  const rows = await readRows(tx, [...errors.keys()]);
  const refused = rows.map((row) => [row, errors.get(row.seq)!] as const);
  await settle(tx, { rows: heads, refused });
  return { rows: heads.length, refused, ms };
}

/** Marks all rows of a batch. Those that the transport refused go to the dead letters. */
async function settle(
  tx: Transaction,
  { rows, refused }: { rows: readonly { seq: number }[]; refused: Sent['refused'] },
): Promise<void> {
  const isRefused = new Set(refused.map(([{ seq }]) => seq));
  await markRows(
    tx,
    rows.filter(({ seq }) => !isRefused.has(seq)),
    'SENT',
  );
  await markRows(
    tx,
    refused.map(([row]) => row),
    'REFUSED',
  );
  for (const [{ message }, error] of refused) await writeRefused(tx, message, error);
}

/**
 * When the transport refuses a list, halves it until the refused rows are found. They must not hold up the others for
 * ever.
 */
async function publishRows(
  transport: Pick<Transport, 'publish'>,
  rows: readonly OutboxRow[],
  refused: Map<OutboxRow, TablepickError>,
): Promise<void> {
  try {
    await transport.publish(rows.map(({ message }) => message));
  } catch (error) {
    if (!isTablepickError(error, 'UNKNOWN_TOPIC', 'MESSAGE_TOO_LARGE', 'BAD_MESSAGE')) throw error;
    const [first, ...others] = rows;
    if (first !== undefined && others.length === 0) return void refused.set(first, error);
    const middle = Math.ceil(rows.length / 2);
    await publishRows(transport, rows.slice(0, middle), refused);
    await publishRows(transport, rows.slice(middle), refused);
  }
}
