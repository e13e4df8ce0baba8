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

/** Settings of {@link findServer}. */
export interface FindServerInput {
  home: string;
  /** The source of the last server on the data, if there is data. */
  lastSource: ServerSource | undefined;
  options: SandboxOptions;
}

/**
 * Finds a server program of an engine. The source of the last server on the data comes first, because another version
 * may refuse the data. Then: installed, fetched before, fetched now, Docker, in this order.
 *
 * @throws `SANDBOX_UNAVAILABLE` with all ways to get a server; `ABORTED` when the signal fires.
 */
export async function findServer(engine: Engine, input: FindServerInput): Promise<ServerProgram> {
  const failures: string[] = [];
  for (const way of waysToFind(input)) {
    try {
      const program = await way(engine, input.home, input.options);
      if (program !== undefined) return program;
    } catch (error) {
      // When a way fails, the next way is tried. When all fail, the final error lists their messages.
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

/** One process fetches. The others wait and use the fetched server. */
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
