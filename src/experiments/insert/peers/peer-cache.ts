import { createHash } from 'node:crypto';
import { access, cp, mkdir, mkdtemp, readdir, readFile, rename, rm } from 'node:fs/promises';
import { homedir } from 'node:os';
import { dirname, join } from 'node:path';

import { packageFolder } from '../../processes/package-facts.js';

/** The project's own peers, part of the package. */
const sources = join(packageFolder, 'benchmarks/peers');

/**
 * Returns a folder with the built peer `name`. The peer is built when the cache does not have its source yet. The cache
 * is below `TABLEPICK_HOME`, else in the user's cache. A peer is built in another folder and then renamed, so that a
 * half-built peer is never used.
 *
 * @param build Builds in a folder that holds a copy of the source.
 */
export async function cachedPeer(name: string, build: (folder: string) => Promise<void>): Promise<string> {
  const source = join(sources, name);
  const folder = join(cacheFolder(), `${name}-${await hashFolder(source)}`);
  if (await exists(folder)) return folder;
  await mkdir(dirname(folder), { recursive: true });
  const aside = await mkdtemp(`${folder}.building-`);
  try {
    await cp(source, aside, { recursive: true });
    await build(aside);
    await renameUnlessThere(aside, folder);
    return folder;
  } finally {
    await rm(aside, { recursive: true, force: true });
  }
}

function cacheFolder(): string {
  const home = process.env.TABLEPICK_HOME ?? join(process.env.XDG_CACHE_HOME ?? join(homedir(), '.cache'), 'tablepick');
  return join(home, 'peers');
}

async function hashFolder(folder: string): Promise<string> {
  const hash = createHash('sha256');
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  const files = entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
  for (const file of files.toSorted()) hash.update(file.slice(folder.length)).update(await readFile(file));
  return hash.digest('hex').slice(0, 12);
}

/** Another process may have built the same peer meanwhile. Either copy can be used. */
async function renameUnlessThere(from: string, to: string): Promise<void> {
  try {
    await rename(from, to);
  } catch (error) {
    if (!(await exists(to))) throw error;
  }
}

async function exists(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  );
}
