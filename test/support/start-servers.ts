import type { TestProject } from 'vitest/node';

import type { SandboxEngine } from 'tablepick/sandbox';

import type { TestServer } from './servers.js';

const ENGINES = ['mysql', 'mariadb'] as const;

/** One real server of each kind for the whole test run: the one an environment variable names, else the sandbox's. */
export default async function startServers(project: TestProject): Promise<() => Promise<void>> {
  const releases: (() => Promise<void>)[] = [];
  const releaseAll = async () => void (await Promise.all(releases.map((release) => release())));
  try {
    const servers: TestServer[] = [];
    for (const name of ENGINES) {
      servers.push({ name, url: withoutDatabase(await startServer(name, releases)) });
    }
    project.provide('testServers', servers);
    project.provide('testRedis', await startServer('redis', releases));
    project.provide('testKafka', await startServer('kafka', releases));
    return releaseAll;
  } catch (error) {
    await releaseAll();
    throw error;
  }
}

async function startServer(engine: SandboxEngine, releases: (() => Promise<void>)[]): Promise<string> {
  const named = process.env[`TABLEPICK_TEST_${engine.toUpperCase()}_${engine === 'kafka' ? 'BROKERS' : 'URL'}`];
  if (named !== undefined) return named;
  const { acquireSandbox } = await import('tablepick/sandbox');
  const sandbox = await acquireSandbox({ engine, instance: 'test' });
  releases.push(() => sandbox.release());
  return sandbox.url;
}

function withoutDatabase(url: string): string {
  const address = new URL(url);
  address.pathname = '';
  return address.href;
}
