import { existsSync } from 'node:fs';
import { join } from 'node:path';

import type { DebianPackageNames } from './debian-package-names.js';
import type { ServerPackage } from '../engines/engine.js';
import { fetchDebianPackage } from './fetch-debian-package.js';
import { findOnPath } from './find-on-path.js';

interface Triplet {
  folder: string;
  loader: string;
}

/** Debian's names of the supported machines. On other machines a server must be installed. */
const TRIPLETS: Partial<Record<string, Triplet>> = {
  x64: { folder: 'x86_64-linux-gnu', loader: 'ld-linux-x86-64.so.2' },
  arm64: { folder: 'aarch64-linux-gnu', loader: 'ld-linux-aarch64.so.1' },
};

const APT_PROGRAMS = ['apt-get', 'apt-cache', 'apt-config', 'dpkg-deb'];

/**
 * A server from the distribution's package, on Debian, Ubuntu and related systems. It runs from the folder of its
 * unpacked package.
 */
export function debianPackage(names: DebianPackageNames): ServerPackage {
  return {
    name: names.packageName,
    source: 'debian-package',
    needs: 'use Debian or Ubuntu with a reachable package archive',
    canFetch: () => runsUnpacked() && APT_PROGRAMS.every((name) => findOnPath(name) !== undefined),
    fetchInto: (folder, signal) => fetchDebianPackage(names, folder, signal),
    programIn: (root) => unpackedProgram(root, names.programPath),
  };
}

function runsUnpacked(): boolean {
  return process.platform === 'linux' && TRIPLETS[process.arch] !== undefined;
}

/** The server runs with its own loader and libraries, because they may be newer than the machine's. */
function unpackedProgram(root: string, programPath: string): { path: string; command: string[] } | undefined {
  const triplet = TRIPLETS[process.arch];
  const path = join(root, programPath);
  if (triplet === undefined || !existsSync(path)) return undefined;
  const folders = ['usr/lib', 'lib'].map((lib) => join(root, lib, triplet.folder));
  const loader = folders.map((folder) => join(folder, triplet.loader)).find(existsSync);
  if (loader === undefined) return undefined;
  const libraries = [...folders, join(root, 'usr/lib/mysql/private')].join(':');
  return { path, command: [loader, '--library-path', libraries, path] };
}
