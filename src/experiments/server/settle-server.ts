import { setTimeout as sleep } from 'node:timers/promises';

import type { Database } from '../../database/index.js';

const READ_DIRTY_PAGES = `SHOW GLOBAL STATUS LIKE 'Innodb_buffer_pool_pages_dirty'`;

/**
 * 1,000 pages are 16 MB. MySQL writes them back in 0.1 s with its default io_capacity. An idle server writes fewer than
 * 200 pages in two seconds, for minutes.
 */
const settled = { pages: 1000, leastProgress: 200, pollMs: 200, pollsWithoutProgress: 10, polls: 150 };

/**
 * Waits until the server has written back the pages of the previous run, so that they do not slow the next run. Ends
 * when few pages are dirty, or when two seconds bring little progress (MariaDB keeps dirty pages while it is idle).
 * Ends after 30 seconds at most, or when `signal` fires.
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
