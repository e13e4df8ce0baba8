import { spawnSync } from 'node:child_process';
import { appendFileSync, mkdtempSync, rmSync, rmdirSync, statfsSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';

import { sandboxStatus } from 'tablepick/sandbox';

/** A file system in memory of a few hundred MB that can be filled. It has the layout of a sandbox's home. */
export interface SmallDisk {
  folder: string;
  /** Whole MiB that are free. */
  freeMib(): number;
  /** Takes all space except for `mib`. */
  fill(mib: number): void;
  /** Gives the space back. */
  freeSpace(): void;
  unmount(): void;
}

const MIB = 1024 ** 2;

/** Why no {@link mountSmallDisk} is possible here; undefined when it is. */
export function whyNoSmallDisk(): string | undefined {
  const { status, stderr, error } = spawnSync('unshare', ['--mount', 'mount', '-t', 'tmpfs', 'tmpfs', tmpdir()]);
  return status === 0 ? undefined : (error?.message ?? stderr.toString().trim());
}

/** Mounts a small disk with the servers that were fetched before. */
export async function mountSmallDisk(mib: number): Promise<SmallDisk> {
  const folder = mkdtempSync(path.join(tmpdir(), 'tablepick-disk-'));
  run('mount', ['-t', 'tmpfs', '-o', `size=${mib}m,mode=700`, 'tmpfs', folder]);
  const { dataDir } = await sandboxStatus();
  symlinkSync(path.resolve(dataDir, '../../../../servers'), path.join(folder, 'servers'));
  const ballast = path.join(folder, 'ballast');
  return {
    folder,
    freeMib: () => readFreeMib(folder),
    fill: (left) => fillUp(ballast, left),
    freeSpace: () => rmSync(ballast, { force: true }),
    unmount: () => {
      run('umount', [folder]);
      rmdirSync(folder);
    },
  };
}

/** Takes the space in small steps, because a server works beside it. */
function fillUp(ballast: string, leftMib: number): void {
  while (readFreeMib(path.dirname(ballast)) >= leftMib) appendFileSync(ballast, Buffer.alloc(MIB));
}

function readFreeMib(folder: string): number {
  const { bavail, bsize } = statfsSync(folder);
  return Math.floor((bavail * bsize) / MIB);
}

function run(command: string, words: readonly string[]): void {
  const { status, stderr } = spawnSync(command, words, { encoding: 'utf8' });
  if (status !== 0) throw new Error(`${command} ${words.join(' ')}: ${stderr}`);
}
