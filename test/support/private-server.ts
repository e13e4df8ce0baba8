import { randomBytes } from 'node:crypto';
import { rmSync } from 'node:fs';
import { dirname } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

import { acquireSandbox, sandboxReset } from 'tablepick/sandbox';
import type { Sandbox, SandboxEngine, SandboxOptions } from 'tablepick/sandbox';

import { askForServer } from './ask-for-server.js';
import type { TestServer } from './servers.js';

/** A sandbox for one test file alone, which may kill its server and change the settings for all its users. */
export interface PrivateSandbox {
  url: string;
  dataDir: string;
  /** The pid of its server since the last start. */
  pid(): number;
  /** Kills it with SIGKILL and waits until it is gone. */
  kill(): Promise<void>;
  /** Starts it again in the same place, with the same options unless others are given. */
  start(serverOptions?: readonly string[]): Promise<void>;
  /** Stops it and deletes its data. */
  remove(): Promise<void>;
}

/** A database of that kind. */
export interface PrivateServer extends PrivateSandbox, TestServer {}

type PrivateSettings = Pick<SandboxOptions, 'home' | 'serverOptions'>;

/** Starts a database with data of its own. */
export async function startPrivateServer(
  engine: TestServer['name'],
  settings: PrivateSettings = {},
): Promise<PrivateServer> {
  const sandbox = await startPrivateSandbox(engine, settings);
  return { ...sandbox, name: engine, url: withoutSchema(sandbox.url) };
}

/** Starts a server with data of its own. */
export async function startPrivateSandbox(
  engine: SandboxEngine,
  settings: PrivateSettings = {},
): Promise<PrivateSandbox> {
  askForServer(engine);
  const options: SandboxOptions = { ...settings, engine, instance: `fire-${randomBytes(4).toString('hex')}` };
  const uses: Sandbox[] = [await acquireSandbox(options)];
  const { url, dataDir } = uses[0]!;
  return {
    url,
    dataDir,
    pid: () => uses.at(-1)!.pid,
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
