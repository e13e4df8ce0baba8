import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

import { TablepickError } from '../../errors.js';
import { chooseMirror, readAptSources } from './apt-sources.js';
import { findPackages, openAptWorkspace, unpackPackage, type AptArchive } from './apt-workspace.js';
import type { DebianPackageNames } from './debian-package-names.js';

const DEBIAN_KEYRING = '/usr/share/keyrings/debian-archive-keyring.gpg';

/**
 * Fetches the distribution's own package and unpacks it below `root` in `folder`. It needs no root user and installs
 * nothing.
 *
 * @returns The package's exact name.
 * @throws `SANDBOX_FAILED` when there is no such package or it cannot be fetched; `ABORTED` when the signal fires.
 */
export async function fetchDebianPackage(
  names: DebianPackageNames,
  folder: string,
  signal: AbortSignal | undefined,
): Promise<string> {
  const workspace = await openAptWorkspace(join(folder, 'apt'), { archive: unstableArchive(names), signal });
  const packageName = newest(await findPackages(workspace, names.packagePattern));
  if (packageName === undefined) {
    throw new TablepickError(
      'SANDBOX_FAILED',
      `apt finds no package ${names.packageName}: its archives lack it or are out of reach`,
    );
  }
  await unpackPackage(workspace, packageName, join(folder, 'root'));
  return packageName;
}

/** Debian has MySQL only in its unstable suite, on the same mirror and with the same keys. */
function unstableArchive({ inUnstable }: DebianPackageNames): AptArchive | undefined {
  const release = readOsRelease();
  const uri = chooseMirror(readAptSources(), release['VERSION_CODENAME']);
  const onDebian = release['ID'] === 'debian' && existsSync(DEBIAN_KEYRING);
  return inUnstable && onDebian && uri !== undefined ? { uri, suite: 'sid', keyring: DEBIAN_KEYRING } : undefined;
}

/**
 * The name without a number, else the name with the highest number: mysql-server-core-8.4 before mysql-server-core-8.0.
 */
function newest(names: readonly string[]): string | undefined {
  const byNumber = new Intl.Collator('en', { numeric: true });
  const sorted = [...names].sort(byNumber.compare);
  return sorted.find((name) => !/\d$/.test(name)) ?? sorted.at(-1);
}

function readOsRelease(): Record<string, string> {
  const text = existsSync('/etc/os-release') ? readFileSync('/etc/os-release', 'utf8') : '';
  const pairs = text.split('\n').flatMap((line) => {
    const [, name, value] = /^(\w+)="?(.*?)"?$/.exec(line) ?? [];
    return name === undefined || value === undefined ? [] : [[name, value] as const];
  });
  return Object.fromEntries(pairs);
}
