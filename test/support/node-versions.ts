import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, rename, rm } from 'node:fs/promises';
import { homedir } from 'node:os';
import path from 'node:path';

import { runOrThrow } from './run-program.js';

/** The major versions of Node the package is proven on. */
export const NODE_MAJORS = [20, 22, 24, 26] as const;

/**
 * Path of a `node` of that major version: this process's own, or the npm package `node`, installed once into a cache.
 */
export async function findNode(major: number): Promise<string> {
  if (process.versions.node.startsWith(`${major}.`)) return process.execPath;
  const cache = path.join(process.env['XDG_CACHE_HOME'] ?? path.join(homedir(), '.cache'), 'tablepick-test-nodes');
  const folder = path.join(cache, String(major));
  if (!existsSync(folder)) await installNode(major, cache, folder);
  return path.join(folder, 'node_modules/node/bin/node');
}

async function installNode(major: number, cache: string, folder: string): Promise<void> {
  await mkdir(cache, { recursive: true });
  const partial = await mkdtemp(path.join(cache, 'partial-'));
  try {
    await runOrThrow('npm', ['install', '--no-audit', '--no-fund', '--prefix', partial, `node@${major}`]);
    await rename(partial, folder);
  } finally {
    await rm(partial, { recursive: true, force: true });
  }
}
