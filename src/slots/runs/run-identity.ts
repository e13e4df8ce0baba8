import { createHash } from 'node:crypto';

import type { Database } from '../../database/database.js';
import type { SlotRange } from '../plan/index.js';

/**
 * Where a run belongs: server, schema, table, range and selection, as 64 hex digits. Together with the rules' hash it
 * identifies a run; without it, it finds the run whose rules have changed.
 */
export function runIdentity(database: Database, range: SlotRange, selection: string): string {
  const { serverId, database: schema } = database.server;
  const parts = [serverId, schema, database.names.slot.table, range.from, range.days, selection];
  return createHash('sha256').update(JSON.stringify(parts)).digest('hex');
}
