import { mkdirSync } from 'node:fs';
import { join } from 'node:path';

import { TablepickError, isTablepickError } from '../../errors.js';
import { dockerAnswers, prepareDockerProgram } from './docker-server.js';
import type { Engine, ServerProgram } from '../engines/engine.js';
import { fetchPackage } from './fetch-package.js';
import { findFetched } from './fetched-server.js';
import { findInstalled } from './installed-server.js';
import type { SandboxOptions, ServerSource } from '../sandbox.js';
import { withLock } from '../instance/sandbox-lock.js';

/** What a server is looked for with. */
export interface FindServerInput {
  home: string;
  /** Where the server came from that ran on the data last, if there is data. */
  lastSource: ServerSource | undefined;
  options: SandboxOptions;
}

/**
 * A server program of that engine: of the kind that ran on the data last, because another version may refuse it;
 * else installed, fetched before, fetched now, or in Docker, in this order.
 *
 * @throws `SANDBOX_UNAVAILABLE` with every way to get one when there is none; `ABORTED` when the signal fires.
 */
export async function findServer(engine: Engine, input: FindServerInput): Promise<ServerProgram> {
  const failures: string[] = [];
  for (const way of waysToFind(input)) {
    try {
      const program = await way(engine, input.home, input.options);
      if (program !== undefined) return program;
    } catch (error) {
      // A way that fails leaves the next one to try; what went wrong is told if none is left.
      if (!isTablepickError(error, 'SANDBOX_FAILED')) throw error;
      failures.push(error.message);
    }
  }
  throw unavailable(engine, failures);
}

type Way = (engine: Engine, home: string, options: SandboxOptions) => Promise<ServerProgram | undefined>;

function waysToFind({ options: { source }, lastSource }: FindServerInput): Way[] {
  if (source !== undefined) return WAYS[source];
  const all = [...WAYS.installed, ...WAYS.package, ...WAYS.docker];
  return [...new Set([...(lastSource === undefined ? [] : WAYS_AGAIN[lastSource]), ...all])];
}

async function lookForInstalled(
  engine: Engine,
  _home: string,
  options: SandboxOptions,
): Promise<ServerProgram | undefined> {
  return findInstalled(engine, options.signal);
}

async function lookForFetched(engine: Engine, home: string): Promise<ServerProgram | undefined> {
  return findFetched(home, engine);
}

/** One process fetches, the others wait and find what it fetched. */
async function fetchNow(engine: Engine, home: string, options: SandboxOptions): Promise<ServerProgram | undefined> {
  if (!engine.package.canFetch()) return undefined;
  const servers = join(home, 'servers');
  mkdirSync(servers, { recursive: true });
  const onWait = (pid: number) => options.onEvent?.({ kind: 'waiting', pid });
  return withLock(join(servers, `${engine.name}.lock`), { signal: options.signal, onWait }, async () => {
    return findFetched(home, engine) ?? (await fetchPackage(engine, home, options));
  });
}

async function useDocker(engine: Engine, _home: string, options: SandboxOptions): Promise<ServerProgram | undefined> {
  return (await dockerAnswers(options.signal)) ? prepareDockerProgram(engine, options) : undefined;
}

const WAYS: Record<NonNullable<SandboxOptions['source']>, Way[]> = {
  installed: [lookForInstalled],
  package: [lookForFetched, fetchNow],
  docker: [useDocker],
};

const WAYS_AGAIN: Record<ServerSource, Way[]> = {
  installed: [lookForInstalled],
  'fetched-before': [lookForFetched],
  'debian-package': [lookForFetched],
  'maven-artifacts': [lookForFetched],
  docker: [useDocker],
};

function unavailable(engine: Engine, failures: readonly string[]): TablepickError {
  const reasons = failures.length === 0 ? '' : ` (${failures.join('; ')})`;
  return new TablepickError(
    'SANDBOX_UNAVAILABLE',
    `no ${engine.name} server to run as a sandbox on this machine${reasons}`,
    {
      hint:
        `Either ${engine.elsewhere}, or install a server (${engine.programNames.join(' or ')} on PATH), ` +
        `or ${engine.package.needs}, or start Docker.`,
    },
  );
}
