import { execFile } from 'node:child_process';
import { cpus, release, totalmem, type } from 'node:os';
import { resolve } from 'node:path';
import { promisify } from 'node:util';

import type { MachineFacts, SourceRevision } from './result.js';

const runFile = promisify(execFile);

/** The machine this process runs on. */
export function describeMachine(): MachineFacts {
  const processors = cpus();
  return {
    os: `${type()} ${release()} ${process.arch}`,
    cpuModel: processors[0]?.model.trim() ?? 'unknown',
    cpus: processors.length,
    memoryBytes: totalmem(),
    node: process.version,
  };
}

/** The git revision of the clone whose top is `folder`; null when `folder` is no clone's top or git is missing. */
export async function describeRevision(folder: string): Promise<SourceRevision | null> {
  try {
    const top = await git(folder, ['rev-parse', '--show-toplevel']);
    if (resolve(top) !== resolve(folder)) return null;
    const commit = await git(folder, ['rev-parse', 'HEAD']);
    const changes = await git(folder, ['status', '--porcelain', '--', 'src', 'benchmarks', 'package.json']);
    return { commit, dirty: changes !== '' };
  } catch {
    return null;
  }
}

async function git(folder: string, args: string[]): Promise<string> {
  const { stdout } = await runFile('git', ['-C', folder, ...args]);
  return stdout.trim();
}
