import { existsSync, mkdirSync, mkdtempSync, readFileSync, readdirSync, renameSync, writeFileSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { delimiter, join } from 'node:path';

import { TablepickError } from '../errors.js';
import { chooseMirror, readAptSources } from './apt-sources.js';
import { findPackages, openAptWorkspace, unpackPackage, type AptArchive } from './apt-workspace.js';
import type { Engine, ServerProgram } from './engine.js';
import {
  FETCHED_NOTE,
  fetchedFolder,
  findFetched,
  runsUnpacked,
  unpackedCommand,
  type FetchedNote,
} from './fetched-server.js';
import { askVersion } from './installed-server.js';
import type { SandboxOptions } from './sandbox.js';

const DEBIAN_KEYRING = '/usr/share/keyrings/debian-archive-keyring.gpg';

/** True on Debian, Ubuntu and their kin on a processor whose packages can be run from a folder. */
export function canFetchPackages(): boolean {
  return runsUnpacked() && ['apt-get', 'apt-cache', 'apt-config', 'dpkg-deb'].every(isOnPath);
}

/**
 * Fetches the distribution's own package into the sandbox's home and unpacks it there: no root, nothing installed.
 * A fetch that was cut short leaves nothing that counts as fetched. The caller holds the lock of the fetched servers.
 *
 * @throws `SANDBOX_FAILED` when there is no such package or it cannot be fetched; `ABORTED` when the signal fires.
 */
export async function fetchDebianPackage(
  engine: Engine,
  home: string,
  options: SandboxOptions,
): Promise<ServerProgram> {
  const servers = join(home, 'servers');
  await removeUnfinished(servers, engine);
  const draft = mkdtempSync(join(servers, `${engine.name}.fetching-`));
  const path = fetchedFolder(home, engine);
  options.onEvent?.({
    kind: 'fetching',
    engine: engine.name,
    what: engine.debian.packageName,
    from: 'debian-package',
    path,
  });
  try {
    const packageName = await fetchInto(draft, engine, options);
    await finishFetch({ draft, engine, home, packageName }, options.signal);
  } finally {
    await rm(draft, { recursive: true, force: true });
  }
  const program = findFetched(home, engine);
  if (program === undefined) throw new TablepickError('SANDBOX_FAILED', `the fetched ${engine.name} is not complete`);
  return { ...program, source: 'debian-package' };
}

async function removeUnfinished(servers: string, engine: Engine): Promise<void> {
  mkdirSync(servers, { recursive: true });
  const left = readdirSync(servers).filter((name) => name.startsWith(`${engine.name}.fetching-`));
  for (const name of left) await rm(join(servers, name), { recursive: true, force: true });
}

async function fetchInto(draft: string, engine: Engine, { signal }: SandboxOptions): Promise<string> {
  const workspace = await openAptWorkspace(join(draft, 'apt'), { archive: unstableArchive(engine), signal });
  const packageName = newest(await findPackages(workspace, engine.debian.packagePattern));
  if (packageName === undefined) {
    throw new TablepickError(
      'SANDBOX_FAILED',
      `apt finds no package ${engine.debian.packageName}: its archives lack it or are out of reach`,
    );
  }
  await unpackPackage(workspace, packageName, join(draft, 'root'));
  return packageName;
}

/** Debian's releases have no MySQL, its unstable suite does, on the same mirror and signed with the same keys. */
function unstableArchive(engine: Engine): AptArchive | undefined {
  const release = readOsRelease();
  const uri = chooseMirror(readAptSources(), release['VERSION_CODENAME']);
  const onDebian = release['ID'] === 'debian' && existsSync(DEBIAN_KEYRING);
  return engine.debian.inUnstable && onDebian && uri !== undefined
    ? { uri, suite: 'sid', keyring: DEBIAN_KEYRING }
    : undefined;
}

/** The plain name where there is one, else the highest number: mysql-server-core-8.4 before mysql-server-core-8.0. */
function newest(names: readonly string[]): string | undefined {
  const byNumber = new Intl.Collator('en', { numeric: true });
  const sorted = [...names].sort(byNumber.compare);
  return sorted.find((name) => !/\d$/.test(name)) ?? sorted.at(-1);
}

interface Fetched {
  draft: string;
  engine: Engine;
  home: string;
  packageName: string;
}

/** Runs the server once before it counts as fetched, then puts it in place in one step. */
async function finishFetch({ draft, engine, home, packageName }: Fetched, signal?: AbortSignal): Promise<void> {
  const command = unpackedCommand(join(draft, 'root'), engine);
  const version = command && (await askVersion(engine, command, signal));
  if (version === undefined) {
    throw new TablepickError('SANDBOX_FAILED', `${packageName} was fetched but does not run on this machine`);
  }
  const note: FetchedNote = { packageName, version };
  for (const name of readdirSync(draft).filter((entry) => entry !== 'root'))
    await rm(join(draft, name), { recursive: true });
  writeFileSync(join(draft, FETCHED_NOTE), JSON.stringify(note));
  const target = fetchedFolder(home, engine);
  await rm(target, { recursive: true, force: true });
  renameSync(draft, target);
}

function readOsRelease(): Record<string, string> {
  const text = existsSync('/etc/os-release') ? readFileSync('/etc/os-release', 'utf8') : '';
  const pairs = text.split('\n').flatMap((line) => {
    const [, name, value] = /^(\w+)="?(.*?)"?$/.exec(line) ?? [];
    return name === undefined || value === undefined ? [] : [[name, value] as const];
  });
  return Object.fromEntries(pairs);
}

function isOnPath(name: string): boolean {
  return (process.env['PATH'] ?? '').split(delimiter).some((folder) => existsSync(join(folder, name)));
}
