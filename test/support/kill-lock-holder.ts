import type { RowDataPacket } from 'mysql2/promise';

import { withConnection } from './servers.js';

/** Kills the session that holds the lock of the only run in `url`'s schema. The owner keeps its other connections. */
export async function killLockHolder(url: string): Promise<void> {
  await withConnection(url, async (connection) => {
    const [[run]] = await connection.query<RowDataPacket[]>('SELECT owner_sessions AS sessions FROM slot_run');
    // The first one listed is the lock's.
    const [owner] = JSON.parse(String(run!.sessions)) as { id: number }[];
    await connection.query(`KILL ${owner!.id}`);
  });
}
