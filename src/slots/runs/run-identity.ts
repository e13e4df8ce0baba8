import { createHash } from 'node:crypto';

import type { Database } from '../../database/database.js';
import type { SlotRange } from '../plan/index.js';

/**
 * A hash of server, schema, table, range and selection, as 64 hex digits. The identity and the rules' hash together
 * identify a run. The identity alone also finds a run with other rules.
 */
export function runIdentity(database: Database, range: SlotRange, selection: string): string {
  const { serverId, database: schema } = database.server;
  const parts = [serverId, schema, database.names.slot.table, range.from, range.days, selection];
  return createHash('sha256').update(JSON.stringify(parts)).digest('hex');
}
