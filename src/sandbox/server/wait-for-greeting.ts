import { setTimeout as sleep } from 'node:timers/promises';

import { TablepickError } from '../../errors.js';
import type { Engine } from '../engines/engine.js';
import type { InstanceFolder } from '../instance/instance-folder.js';
import { readInstancePassword } from '../instance/instance-password.js';
import { isRunning, type ServerState } from './server-state.js';

/** The result of a wait for a server: it is ready, it has ended, or the time is up. */
export type Greeting = { kind: 'ready'; version: string } | { kind: 'ended' } | { kind: 'late' };

/** Long, because the recovery of a large redo log after a crash takes time. */
export const READY_WITHIN_MS = 180_000;
const POLL_MS = 25;

/**
 * Waits until the server accepts clients, has ended, or `withinMs` has passed.
 *
 * @throws `ABORTED` when `signal` fires before.
 */
export async function waitForGreeting(
  state: ServerState,
  engine: Engine,
  { folder, withinMs, signal }: { folder: InstanceFolder; withinMs: number; signal?: AbortSignal | undefined },
): Promise<Greeting> {
  const address = state.socketPath === undefined ? { host: '127.0.0.1', port: state.port } : { path: state.socketPath };
  const ours = { dataDir: folder.dataDir, password: readInstancePassword(folder) };
  const deadline = Date.now() + withinMs;
  for (;;) {
    const version = await engine.readVersion(address, ours);
    if (version !== undefined) return { kind: 'ready', version: version || state.version };
    if (!isRunning(state)) return { kind: 'ended' };
    if (signal?.aborted) throw new TablepickError('ABORTED', `stopped while ${state.path} was starting`);
    if (Date.now() > deadline) return { kind: 'late' };
    await sleep(POLL_MS);
  }
}
