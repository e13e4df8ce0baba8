import { randomUUID } from 'node:crypto';
import { linkSync, readFileSync, unlinkSync, writeFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';

import { TablepickError } from '../../errors.js';
import { isAlive, thisProcess, type ProcessIdentity } from '../server/process-identity.js';

/** Settings of {@link withLock}. */
export interface LockOptions {
  signal?: AbortSignal | undefined;
  /** Called once, with the holder's pid, when the lock is not free. */
  onWait?: ((pid: number) => void) | undefined;
}

interface LockOwner extends ProcessIdentity {
  token: string;
}

const POLL_MS = 50;

/**
 * Runs `work` while it holds the lock file at `path`. No other call on this machine can hold it at the same time. When
 * its owner has died, the lock is taken over at once.
 *
 * @throws `ABORTED` when `signal` fires before the lock is free; whatever `work` throws.
 */
export async function withLock<T>(path: string, options: LockOptions, work: () => Promise<T>): Promise<T> {
  const release = await waitForLock(path, options);
  try {
    return await work();
  } finally {
    release();
  }
}

/**
 * Takes the lock when it is free or its owner is dead.
 *
 * @returns A function that releases the lock. Undefined when a live process holds it.
 */
export function tryLockNow(path: string): (() => void) | undefined {
  const owner: LockOwner = { ...thisProcess(), token: randomUUID() };
  for (;;) {
    if (createWhole(path, owner)) return () => unlinkSync(path);
    const holder = readOwner(path);
    if (holder === undefined) continue;
    if (isAlive(holder) || !removeStale(path, holder)) return undefined;
  }
}

async function waitForLock(path: string, { signal, onWait }: LockOptions): Promise<() => void> {
  let told = false;
  for (;;) {
    if (signal?.aborted) throw new TablepickError('ABORTED', `stopped while waiting for ${path}`);
    const release = tryLockNow(path);
    if (release) return release;
    if (!told) onWait?.(readOwner(path)?.pid ?? 0);
    told = true;
    await sleep(POLL_MS);
  }
}

/** A link appears with its content or not at all, so a lock file is never half written. */
function createWhole(path: string, owner: LockOwner): boolean {
  const draft = `${path}.${owner.token}.draft`;
  writeFileSync(draft, JSON.stringify(owner));
  try {
    linkSync(draft, path);
    return true;
  } catch (error) {
    if (hasCode(error, 'EEXIST')) return false;
    throw error;
  } finally {
    unlinkSync(draft);
  }
}

function readOwner(path: string): LockOwner | undefined {
  try {
    return JSON.parse(readFileSync(path, 'utf8')) as LockOwner;
  } catch (error) {
    if (hasCode(error, 'ENOENT')) return undefined;
    // After a power failure the file may be empty. No live process holds such a lock.
    if (error instanceof SyntaxError) return { pid: 0, startTime: '', token: 'unreadable' };
    throw error;
  }
}

/**
 * Removes the lock of a dead owner. Only the holder of a second lock, with the dead owner's token in its name, may do
 * so. Otherwise a slow process could remove the new lock of a faster one.
 */
function removeStale(path: string, dead: LockOwner): boolean {
  const release = tryLockNow(`${path}.${dead.token}`);
  if (release === undefined) return false;
  try {
    if (readOwner(path)?.token === dead.token) unlinkSync(path);
    return true;
  } finally {
    release();
  }
}

function hasCode(error: unknown, code: string): boolean {
  return error instanceof Error && 'code' in error && error.code === code;
}
