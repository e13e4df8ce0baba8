import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync, readdirSync } from 'node:fs';
import { dirname } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

import { connectRedis } from 'tablepick/redis';
import { acquireSandbox, type SandboxOptions } from 'tablepick/sandbox';

import { askKafka } from './kafka-clients.js';
import { withConnection } from './servers.js';

const ROOT = dirname(dirname(import.meta.dirname));

/** Acquires a sandbox, runs `work` with its URL, and releases it. */
export async function use<T>(options: SandboxOptions, work: (url: string) => Promise<T>): Promise<T> {
  const sandbox = await acquireSandbox(options);
  try {
    return await work(sandbox.url);
  } finally {
    await sandbox.release();
  }
}

/** True when the server, of any kind, answers a client. */
export async function answers(url: string): Promise<boolean> {
  if (url.startsWith('mysql:')) return (await ask(url, 'SELECT 1 AS one'))[0]?.['one'] === 1;
  if (url.startsWith('redis:')) return (await askRedis(url, 'PING')) === 'PONG';
  return (await askKafka(url, (admin) => admin.describeCluster())).brokers.length === 1;
}

/** Asks a Redis. */
export async function askRedis(url: string, ...words: string[]): Promise<unknown> {
  const redis = await connectRedis({ url });
  try {
    return await redis.command(words);
  } finally {
    await redis.close();
  }
}

/** Asks a database. */
export async function ask(url: string, sql: string): Promise<Record<string, unknown>[]> {
  return withConnection(url, async (connection) => (await connection.query(sql))[0] as Record<string, unknown>[]);
}

/** A process that acquires the sandbox, says so, and holds it until its input ends. Then it runs `ending`. */
export function runClient(options: SandboxOptions, ending = ''): ChildProcess {
  const program = `
    const { acquireSandbox } = await import('tablepick/sandbox');
    const sandbox = await acquireSandbox(${JSON.stringify(options)});
    process.stdin.on('end', () => { ${ending} }).resume();
    process.stdout.write('ready');`;
  return spawn(process.execPath, ['--input-type=module', '-e', program], {
    cwd: ROOT,
    stdio: ['pipe', 'pipe', 'inherit'],
  });
}

/** Ends the process, if it has not ended, and waits for its end. */
export async function endClient(client: ChildProcess, signal: NodeJS.Signals): Promise<void> {
  if (client.exitCode !== null || client.signalCode !== null) return;
  const ended = once(client, 'exit');
  client.kill(signal);
  await ended;
}

/** True while a process has that pid and is no zombie. */
export function isProcess(pid: number): boolean {
  return existsSync(`/proc/${pid}/stat`) && !/\) Z /.test(readFileSync(`/proc/${pid}/stat`, 'utf8'));
}

/** The start of a process as the sandbox notes it: the boot, and the clock ticks since then. */
export function startTimeOf(pid: number): string {
  const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
  const boot = readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim();
  return `${boot}/${stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19]}`;
}

/** Pids of servers that keep their data there. */
export function serversOn(dataDir: string): number[] {
  const pids = readdirSync('/proc').map(Number).filter(Number.isInteger);
  return pids.filter((pid) => {
    try {
      const words = readFileSync(`/proc/${pid}/cmdline`, 'utf8').split('\0');
      return [`--datadir=${dataDir}`, `--dir "${dataDir}"`].some((word) => words.includes(word));
    } catch {
      return false;
    }
  });
}

/** Waits half a minute at most. */
export async function waitUntil(condition: () => boolean): Promise<void> {
  for (let waited = 0; waited < 30_000; waited += 20) {
    if (condition()) return;
    await sleep(20);
  }
  throw new Error('waited 30 s in vain');
}
