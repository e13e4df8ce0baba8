import { setTimeout as sleep } from 'node:timers/promises';

import type { Database } from '../../database/index.js';

const READ_DIRTY_PAGES = `SHOW GLOBAL STATUS LIKE 'Innodb_buffer_pool_pages_dirty'`;

/**
 * 1,000 pages are 16 MB, which MySQL writes back in a tenth of a second at the io_capacity that it comes with. Fewer
 * than 200 in two seconds are what an idle server writes at its leisure, for minutes.
 */
const settled = { pages: 1000, leastProgress: 200, pollMs: 200, pollsWithoutProgress: 10, polls: 150 };

/**
 * Waits until the server has written back the pages of the run before, so that no run pays for its predecessor: until
 * hardly any page is dirty, or until two seconds bring next to no progress (MariaDB keeps dirty pages while it is
 * idle); 30 seconds at most, or until `signal` fires.
 */
export async function settleServer(database: Database, signal: AbortSignal | undefined): Promise<void> {
  let reached = Number.POSITIVE_INFINITY;
  let idlePolls = 0;
  for (let poll = 0; poll < settled.polls && idlePolls < settled.pollsWithoutProgress; poll += 1) {
    if (signal?.aborted) return;
    const dirty = await readDirtyPages(database);
    if (dirty <= settled.pages) return;
    const isProgress = dirty <= reached - settled.leastProgress;
    idlePolls = isProgress ? 0 : idlePolls + 1;
    if (isProgress) reached = dirty;
    await sleep(settled.pollMs);
  }
}

async function readDirtyPages(database: Database): Promise<number> {
  const [row] = await database.query<{ Value: string }>(READ_DIRTY_PAGES);
  return Number(row?.Value ?? 0);
}
