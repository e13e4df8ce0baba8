import type { Database } from '../../database/index.js';
import { type TablepickError, isTablepickError } from '../../errors.js';
import { type Claim, type LaneShare, type OutboxRow, lockLanes, markRows } from '../outbox/claim-outbox.js';
import { writeRefused } from '../dead-letters/dead-letter.js';
import type { RelayEvent } from './relay-event.js';
import type { Transport } from '../transport.js';

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
  batchRows: number;
  onEvent?: ((event: RelayEvent) => void) | undefined;
  signal: AbortSignal;
}

/**
 * Claims, sends and marks a batch in one transaction, which holds its lanes. Resolves with the number of its rows.
 * Undefined when other relays hold all lanes of the share. When the relay dies on the way, all rows still wait, so they
 * may be sent twice.
 */
export function relayBatch(context: BatchContext, share: LaneShare, claim: Claim): Promise<number | undefined> {
  const { database, batchRows, signal } = context;
  return database.transaction(
    async (tx) => {
      const lanes = await lockLanes(tx, share);
      if (lanes.length === 0) return undefined;
      const rows = await claim(tx, lanes, batchRows);
      const refused = await sendRows(context, rows);
      await markRows(
        tx,
        rows.filter((row) => !refused.has(row)),
        'SENT',
      );
      await markRows(tx, [...refused.keys()], 'REFUSED');
      for (const [{ message }, error] of refused) await writeRefused(tx, message, error);
      return rows.length;
    },
    { retry: false, signal, idleSeconds: IDLE_SECONDS },
  );
}

/** Resolves with the rows that the transport will never take, and why. */
async function sendRows(
  { transport, onEvent }: BatchContext,
  rows: readonly OutboxRow[],
): Promise<Map<OutboxRow, TablepickError>> {
  const refused = new Map<OutboxRow, TablepickError>();
  if (rows.length === 0) return refused;
  const began = performance.now();
  await publishRows(transport, rows, refused);
  onEvent?.({ kind: 'sent', messages: rows.length - refused.size, ms: performance.now() - began });
  for (const [{ message }, error] of refused) onEvent?.({ kind: 'refused', id: message.headers.id ?? '', error });
  return refused;
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
