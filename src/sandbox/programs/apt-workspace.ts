import { mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { runCommand } from './run-command.js';

/** Archives to use instead of the machine's own. */
export interface AptArchive {
  uri: string;
  suite: string;
  keyring: string;
}

/** A private apt with its own lists, cache and state. It needs no root user and changes nothing on the machine. */
export interface AptWorkspace {
  /** Folder of all its files. It may be deleted at any time. */
  folder: string;
  signal: AbortSignal | undefined;
}

/**
 * Creates the folders and settings of a private apt in `folder`. The machine's settings for downloads, such as proxies,
 * are kept. Its hooks are left out, because they would change the machine.
 *
 * @throws `SANDBOX_FAILED` when apt cannot be run; `ABORTED` when `signal` fires.
 */
export async function openAptWorkspace(
  folder: string,
  options: { archive?: AptArchive | undefined; signal?: AbortSignal | undefined },
): Promise<AptWorkspace> {
  const workspace = { folder, signal: options.signal };
  for (const part of ['state/lists/partial', 'cache/archives/partial', 'parts', 'sources']) {
    mkdirSync(join(folder, part), { recursive: true });
  }
  writeFileSync(join(folder, 'status'), '');
  const settings = await readDownloadSettings(options.signal);
  writeFileSync(
    join(folder, 'apt.conf'),
    [...settings, ...ownSettings(folder), ...archiveSettings(folder, options.archive)].join('\n'),
    { mode: 0o600 },
  );
  return workspace;
}

/**
 * Reads the archives' indexes and returns the names of all packages that match.
 *
 * @throws `SANDBOX_FAILED` with apt's message; `ABORTED` when the workspace's signal fires.
 */
export async function findPackages(workspace: AptWorkspace, pattern: RegExp): Promise<string[]> {
  await runApt(workspace, ['apt-get', '-qq', 'update'], 'reading the package lists');
  const names = await runApt(workspace, ['apt-cache', 'pkgnames'], 'listing packages');
  return names.split('\n').filter((name) => pattern.test(name));
}

/**
 * Downloads a package with all its dependencies, verified by apt, and unpacks them below `root`. Nothing is installed.
 *
 * @throws `SANDBOX_FAILED` with apt's or dpkg-deb's message; `ABORTED` when the workspace's signal fires.
 */
export async function unpackPackage(workspace: AptWorkspace, name: string, root: string): Promise<void> {
  const doing = `fetching ${name}`;
  await runApt(workspace, ['apt-get', '-qq', '-y', '--download-only', 'install', name], doing);
  const archives = join(workspace.folder, 'cache/archives');
  mkdirSync(root, { recursive: true });
  for (const file of readdirSync(archives).filter((entry) => entry.endsWith('.deb'))) {
    await runCommand(['dpkg-deb', '-x', join(archives, file), root], { doing, signal: workspace.signal });
    rmSync(join(archives, file));
  }
}

async function readDownloadSettings(signal: AbortSignal | undefined): Promise<string[]> {
  const dump = await runCommand(['apt-config', 'dump'], { doing: "reading apt's settings", signal });
  return dump.split('\n').filter((line) => line.startsWith('Acquire::'));
}

function ownSettings(folder: string): string[] {
  return [
    `Dir::State "${folder}/state";`,
    `Dir::State::status "${folder}/status";`,
    `Dir::Cache "${folder}/cache";`,
    `Dir::Log "${folder}";`,
    `Dir::Etc::main "${folder}/none";`,
    `Dir::Etc::parts "${folder}/parts";`,
    'APT::Sandbox::User "";',
    'APT::Install-Recommends "false";',
    'Acquire::Languages "none";',
    'Debug::NoLocking "true";',
  ];
}

function archiveSettings(folder: string, archive: AptArchive | undefined): string[] {
  if (archive === undefined) return [];
  const text = `Types: deb\nURIs: ${archive.uri}\nSuites: ${archive.suite}\nComponents: main\nSigned-By: ${archive.keyring}\n`;
  writeFileSync(join(folder, 'sources/archive.sources'), text);
  return [
    'APT::Update::Error-Mode "any";',
    `Dir::Etc::sourcelist "${folder}/none";`,
    `Dir::Etc::sourceparts "${folder}/sources";`,
  ];
}

function runApt(workspace: AptWorkspace, command: string[], doing: string): Promise<string> {
  const env = {
    ...process.env,
    APT_CONFIG: join(workspace.folder, 'apt.conf'),
    LC_ALL: 'C',
    DEBIAN_FRONTEND: 'noninteractive',
  };
  return runCommand(command, { doing, env, signal: workspace.signal });
}
