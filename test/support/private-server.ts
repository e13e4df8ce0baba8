import { randomBytes } from 'node:crypto';
import { rmSync } from 'node:fs';
import { dirname } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

import { acquireSandbox, sandboxReset } from 'tablepick/sandbox';
import type { Sandbox, SandboxOptions } from 'tablepick/sandbox';

import type { TestServer } from './servers.js';

/** A server that one test file has to itself: to kill it, and to change what all of it shares. */
export interface PrivateServer extends TestServer {
  dataDir: string;
  /** Kills it with SIGKILL and waits until it is gone. */
  kill(): Promise<void>;
  /** Starts it again where it was, with the same options unless others are given. */
  start(serverOptions?: readonly string[]): Promise<void>;
  /** Stops it and deletes its data. */
  remove(): Promise<void>;
}

/** Starts a server of its own data. */
export async function startPrivateServer(
  engine: TestServer['name'],
  settings: Pick<SandboxOptions, 'home' | 'serverOptions'> = {},
): Promise<PrivateServer> {
  const options: SandboxOptions = { ...settings, engine, instance: `fire-${randomBytes(4).toString('hex')}` };
  const uses: Sandbox[] = [await acquireSandbox(options)];
  const { url, dataDir } = uses[0]!;
  return {
    ...{ name: engine, url: withoutSchema(url), dataDir },
    kill: () => killProcess(uses.at(-1)!.pid),
    start: async (serverOptions = options.serverOptions) => {
      uses.push(await acquireSandbox({ ...options, serverOptions }));
      if (uses.at(-1)!.url !== url) throw new Error(`the server came back as ${uses.at(-1)!.url}, not ${url}`);
    },
    remove: async () => {
      for (const use of uses) await use.release();
      await sandboxReset(options);
      rmSync(dirname(dirname(dataDir)), { recursive: true, force: true });
    },
  };
}

async function killProcess(pid: number): Promise<void> {
  process.kill(pid, 'SIGKILL');
  while (isAlive(pid)) await sleep(10);
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

function withoutSchema(url: string): string {
  const address = new URL(url);
  address.pathname = '';
  return address.href;
}
