import type { TestProject } from 'vitest/node';

import type { TestServer } from './servers.js';

const ENGINES = ['mysql', 'mariadb'] as const;

/** One real server of each engine for the whole test run: the one an environment variable names, else the sandbox's. */
export default async function startServers(project: TestProject): Promise<() => Promise<void>> {
  const releases: (() => Promise<void>)[] = [];
  const releaseAll = async () => void (await Promise.all(releases.map((release) => release())));
  try {
    const servers: TestServer[] = [];
    for (const name of ENGINES) {
      const named = process.env[`TABLEPICK_TEST_${name.toUpperCase()}_URL`];
      servers.push({ name, url: withoutDatabase(named ?? (await startSandbox(name, releases))) });
    }
    project.provide('testServers', servers);
    return releaseAll;
  } catch (error) {
    await releaseAll();
    throw error;
  }
}

async function startSandbox(engine: TestServer['name'], releases: (() => Promise<void>)[]): Promise<string> {
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
