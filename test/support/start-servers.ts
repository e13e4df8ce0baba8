import type { TestProject } from 'vitest/node';

import type { ServerName } from './ask-for-server.js';

/**
 * The real servers that the project's files use: those in environment variables, else the sandbox's. Projects of one
 * run share them, because a sandbox runs until its last user has released it.
 */
export default async function startServers(project: TestProject): Promise<() => Promise<void>> {
  const releases: (() => Promise<void>)[] = [];
  const releaseAll = async () => void (await Promise.all(releases.map((release) => release())));
  const start = async (name: ServerName) => [name, await startServer(name, releases)] as const;
  const started = await Promise.allSettled(project.getProvidedContext().servers.map(start));
  const failed = started.find((each) => each.status === 'rejected');
  if (failed) {
    await releaseAll();
    throw failed.reason;
  }
  const urls = started.flatMap((each) => (each.status === 'fulfilled' ? [each.value] : []));
  project.provide('serverUrls', Object.fromEntries(urls) as Record<ServerName, string>);
  return releaseAll;
}

async function startServer(name: ServerName, releases: (() => Promise<void>)[]): Promise<string> {
  const named = process.env[`TABLEPICK_TEST_${name.toUpperCase()}_${name === 'kafka' ? 'BROKERS' : 'URL'}`];
  const url = named ?? (await startSandbox(name, releases));
  return name === 'mysql' || name === 'mariadb' ? withoutDatabase(url) : url;
}

async function startSandbox(engine: ServerName, releases: (() => Promise<void>)[]): Promise<string> {
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
