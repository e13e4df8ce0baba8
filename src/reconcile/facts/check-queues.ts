import type { Database } from '../../database/index.js';
import type { ReconcileContext } from '../repair/repair.js';

const COUNT_OLD = `SELECT COUNT(*) AS rowsLeft, TIMESTAMPDIFF(SECOND, MIN(occurred_at), UTC_TIMESTAMP(6)) AS ageSeconds FROM outbox
  WHERE status = 'PENDING' AND occurred_at <= UTC_TIMESTAMP(6) - INTERVAL ? * 1000 MICROSECOND`;
const WHAT_TO_DO = 'see them with tablepick dlq list, then redrive or park them';
const COUNT_DEAD = "SELECT COUNT(*) AS dead FROM dead_letter WHERE state = 'DEAD'";
const LIST_DEAD = "SELECT id FROM dead_letter WHERE state = 'DEAD' AND id > ? ORDER BY id LIMIT 1000";

type Service = 'reservations' | 'payments';

/** Counts the messages that wait to be sent, and the dead letters, in both services. */
export async function checkQueues(context: ReconcileContext): Promise<void> {
  for (const service of ['reservations', 'payments'] as const) {
    const database = service === 'reservations' ? context.reservationDatabase : context.paymentDatabase;
    // Debezium marks nothing as sent.
    if (context.relayedBy !== 'debezium') await checkOutbox(context, service, database);
    await checkDeadLetters(context, service, database);
  }
}

async function checkOutbox(
  { tally, olderThanMs }: ReconcileContext,
  service: Service,
  database: Database,
): Promise<void> {
  const [old] = await database.query<{ rowsLeft: number; ageSeconds: number }>(COUNT_OLD, [olderThanMs]);
  if (old === undefined || old.rowsLeft === 0) return;
  const text = `${service}: ${old.rowsLeft} messages, the oldest for ${old.ageSeconds} s; a relay must run: tablepick outbox relay; where Debezium sends them, say --relay debezium`;
  await tally.add({ name: 'outbox-old', key: service, end: 'left', text });
  if (old.rowsLeft > 1) tally.count('outbox-old', { left: old.rowsLeft - 1, keys: [], text: `left: ${text}` });
}

async function checkDeadLetters(
  { tally, signal }: ReconcileContext,
  service: Service,
  database: Database,
): Promise<void> {
  const [dead] = await database.query<{ dead: number }>(COUNT_DEAD);
  let last = 0;
  for (let more = (dead?.dead ?? 0) > 0; more && !signal?.aborted;) {
    const rows = await database.query<{ id: number }>(LIST_DEAD, [last]);
    for (const { id } of rows) {
      await tally.add({ name: 'dead-letters', key: `${service}:${id}`, end: 'left', text: WHAT_TO_DO });
    }
    last = rows.at(-1)?.id ?? last;
    more = rows.length > 0;
  }
}
