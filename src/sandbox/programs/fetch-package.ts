import { existsSync, mkdirSync, mkdtempSync, readdirSync, renameSync, writeFileSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';

import { TablepickError } from '../../errors.js';
import type { Engine, ServerProgram } from '../engines/engine.js';
import { FETCHED_NOTE, fetchedFolder, findFetched, type FetchedNote } from './fetched-server.js';
import { askVersion } from './installed-server.js';
import { findProcessInside } from '../server/process-identity.js';
import type { SandboxOptions } from '../sandbox.js';

/**
 * Fetches the engine's package into the sandbox's home. An incomplete fetch never counts as fetched. The caller holds
 * the lock of the fetched servers.
 *
 * @throws `SANDBOX_FAILED` when there is no such package or it cannot be fetched; `ABORTED` when the signal fires.
 */
export async function fetchPackage(engine: Engine, home: string, options: SandboxOptions): Promise<ServerProgram> {
  const servers = join(home, 'servers');
  refuseTarget(fetchedFolder(home, engine));
  await removeUnfinished(servers, engine);
  const draft = mkdtempSync(join(servers, `${engine.name}.fetching-`));
  const { name: what, source: from } = engine.package;
  options.onEvent?.({ kind: 'fetching', engine: engine.name, what, from, path: fetchedFolder(home, engine) });
  try {
    const packageName = await engine.package.fetchInto(draft, options.signal);
    await finishFetch({ draft, engine, home, packageName }, options.signal);
  } finally {
    await rm(draft, { recursive: true, force: true });
  }
  const program = findFetched(home, engine);
  if (program === undefined) throw new TablepickError('SANDBOX_FAILED', `the fetched ${engine.name} is not complete`);
  return { ...program, source: from };
}

/** Refuses unless the target is missing or is an older fetch that no process runs from. */
function refuseTarget(target: string): void {
  if (!existsSync(target)) return;
  const pid = findProcessInside(target);
  const why = pid === undefined ? 'it was not fetched by tablepick' : `pid ${pid} runs from it`;
  if (pid === undefined && existsSync(join(target, FETCHED_NOTE))) return;
  throw new TablepickError('SANDBOX_FAILED', `${target} is left as it is: ${why}`, {
    hint: 'End that process, or move the folder away, or set TABLEPICK_HOME to another one.',
  });
}

async function removeUnfinished(servers: string, engine: Engine): Promise<void> {
  mkdirSync(servers, { recursive: true });
  const left = readdirSync(servers).filter((name) => name.startsWith(`${engine.name}.fetching-`));
  for (const name of left) await rm(join(servers, name), { recursive: true, force: true });
}

interface Fetched {
  draft: string;
  engine: Engine;
  home: string;
  packageName: string;
}

/** Runs the server once to check it, then moves it to its place in one step. */
async function finishFetch({ draft, engine, home, packageName }: Fetched, signal?: AbortSignal): Promise<void> {
  const program = engine.package.programIn(join(draft, 'root'));
  const version = program && (await askVersion(engine, program.command, signal));
  if (version === undefined) {
    throw new TablepickError('SANDBOX_FAILED', `${packageName} was fetched but does not run on this machine`);
  }
  const note: FetchedNote = { packageName, version };
  for (const name of readdirSync(draft).filter((entry) => entry !== 'root'))
    await rm(join(draft, name), { recursive: true });
  writeFileSync(join(draft, FETCHED_NOTE), JSON.stringify(note));
  const target = fetchedFolder(home, engine);
  refuseTarget(target);
  await rm(target, { recursive: true, force: true });
  renameSync(draft, target);
}
