import type { Database } from '../../database/index.js';
import type { Output } from '../output/output.js';

/** How long services may end what is under way: longer than a server waits for its requests. */
const STOP_WITHIN_MS = 15_000;

/** The input of {@link stopServices}. */
export interface Stopping {
  stop: () => Promise<void>;
  /** Everything that the services may wait for. */
  databases: readonly Database[];
  output: Pick<Output, 'complain'>;
}

/**
 * Stops services. When that takes too long, e.g. because a database is silent, their databases are closed under them:
 * what is under way fails, and the servers roll it back.
 */
export async function stopServices({ stop, databases, output }: Stopping): Promise<void> {
  const giveUp = (): void => {
    output.complain(
      `what is under way did not end within ${STOP_WITHIN_MS / 1000} s and is given up: its connections are closed`,
    );
    for (const database of databases) void database.close().catch(() => {});
  };
  const timer = setTimeout(giveUp, STOP_WITHIN_MS);
  try {
    await stop();
  } finally {
    clearTimeout(timer);
  }
}
