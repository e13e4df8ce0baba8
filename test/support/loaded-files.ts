import { mkdtemp, readFile, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';

import { runOrThrow } from './run-program.js';

/** The files, as URLs, that Node loaded while it ran `words`. V8's own coverage names them all, ESM and CommonJS. */
export async function loadedFiles(words: readonly string[], cwd: string): Promise<string[]> {
  const folder = await mkdtemp(path.join(tmpdir(), 'tablepick-loaded-'));
  try {
    await runOrThrow(process.execPath, words, { cwd, env: { NODE_V8_COVERAGE: folder } });
    const [file] = await readdir(folder);
    if (file === undefined) throw new Error(`node ${words.join(' ')} wrote no coverage`);
    const coverage = JSON.parse(await readFile(path.join(folder, file), 'utf8')) as { result: { url: string }[] };
    return coverage.result.map(({ url }) => url).filter((url) => url.startsWith('file:'));
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** Names of the npm packages that `files` belong to, each once. */
export function packagesOf(files: readonly string[]): string[] {
  const names = files.map((file) => /.*\/node_modules\/((?:@[^/]+\/)?[^/]+)\//.exec(file)?.[1]);
  return [...new Set(names.filter((name) => name !== undefined))].toSorted();
}
