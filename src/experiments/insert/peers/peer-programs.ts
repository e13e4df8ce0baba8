import { delimiter, join } from 'node:path';

import { cachedPeer } from './peer-cache.js';
import { runProgram } from '../../processes/run-program.js';
import type { ProgramCall } from '../../processes/run-program.js';

/** A built peer: the program and its first arguments. The arguments of a job follow them. */
export type PeerProgram = Pick<ProgramCall, 'program' | 'args' | 'folder' | 'installHint'>;

/** The languages peers are written in. */
export type PeerLanguage = 'java' | 'node';

const javaHint = 'install a JDK 17 or later and Maven, on Debian or Ubuntu: apt-get install default-jdk-headless maven';
const nodeHint = 'install npm, which comes with Node.js';

/** Builds the peer of one language into the cache when it is not there yet. */
export async function buildPeer(
  language: PeerLanguage,
  options: { signal?: AbortSignal | undefined; onBuild: (folder: string) => void },
): Promise<PeerProgram> {
  return language === 'java' ? buildJavaPeer(options) : buildNodePeer(options);
}

async function buildJavaPeer(options: Parameters<typeof buildPeer>[1]): Promise<PeerProgram> {
  const folder = await cachedPeer('java', async (aside) => {
    options.onBuild(aside);
    const args = ['-q', '-B', 'compile', 'dependency:copy-dependencies'];
    await runProgram({ program: 'mvn', args, folder: aside, signal: options.signal, installHint: javaHint });
  });
  const classPath = [join(folder, 'target/classes'), join(folder, 'target/libs/*')].join(delimiter);
  return { program: 'java', args: ['-cp', classPath, 'peer.Main'], folder, installHint: javaHint };
}

async function buildNodePeer(options: Parameters<typeof buildPeer>[1]): Promise<PeerProgram> {
  const folder = await cachedPeer('node', async (aside) => {
    options.onBuild(aside);
    const args = ['install', '--no-audit', '--no-fund', '--no-package-lock'];
    await runProgram({ program: 'npm', args, folder: aside, signal: options.signal, installHint: nodeHint });
  });
  return { program: process.execPath, args: ['main.mjs'], folder, installHint: nodeHint };
}
