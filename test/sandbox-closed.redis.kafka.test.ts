import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, readFileSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { connect, type Socket } from 'node:net';
import { dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

import mysql from 'mysql2/promise';
import { type Sandbox, type SandboxOptions, acquireSandbox, sandboxReset } from 'tablepick/sandbox';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { readMessages, sendMessage } from './support/kafka-clients.js';
import { OTHER_UID, runAsOtherUser, whyNoOtherUser } from './support/other-user.js';
import { askSettings } from './support/raw-kafka.js';
import { answers, ask, use, waitUntil } from './support/sandbox-processes.js';

const INSTANCE = `sandbox-closed-${process.pid}`;

describe.each(['mysql', 'mariadb', 'redis', 'kafka'] as const)('the %s sandbox', (engine) => {
  const options: SandboxOptions = { engine, instance: INSTANCE };
  let sandbox: Sandbox;
  let folder: string;
  let password: string;

  beforeAll(async () => {
    sandbox = await acquireSandbox(options);
    folder = dirname(sandbox.dataDir);
    password = new URL(sandbox.url).password;
  });

  afterAll(async () => {
    await sandbox.release();
    const { dataDir } = await sandboxReset(options);
    rmSync(dirname(dirname(dataDir)), { recursive: true, force: true });
  });

  it('lets in who has the password that its URL holds, and nobody else', async () => {
    expect(password).toMatch(/^[\w-]{32}$/);
    expect(await answers(sandbox.url)).toBe(true);
    const socket = sandbox.socketPath === undefined ? [] : [{ path: sandbox.socketPath }];
    for (const address of [{ host: '127.0.0.1', port: sandbox.port }, ...socket]) {
      for (const guess of ['', 'root']) {
        expect(await tryToEnter(engine, address, guess), JSON.stringify({ address, guess })).toMatch(/denied|NOAUTH/i);
      }
    }
  });

  it('shows the password in no command line and no log', () => {
    const lines = readdirSync('/proc').flatMap((pid) => readIfThere(`/proc/${pid}/cmdline`));
    expect(lines.some((line) => line.includes(sandbox.dataDir))).toBe(true);
    expect(lines.filter((line) => line.includes(password))).toEqual([]);
    expect(readFileSync(join(folder, 'server.log'), 'utf8')).not.toContain(password);
  });

  it('keeps the password in files that only their owner may read, in a folder that only its owner may enter', () => {
    expect(statSync(folder).mode & 0o777).toBe(0o700);
    const files = readdirSync(folder, { withFileTypes: true }).filter((each) => each.isFile());
    const holders = files.filter(({ name }) => readFileSync(join(folder, name), 'utf8').includes(password));
    expect(holders.map(({ name }) => name)).toEqual(['password', 'start']);
    for (const { name } of holders) expect(statSync(join(folder, name)).mode & 0o777, name).toBe(0o600);
  });

  it.skipIf(whyNoOtherUser())('another user of the machine reaches neither the files nor the socket', () => {
    expect(runAsOtherUser('ls', [folder])).toMatchObject({ code: 2, stdout: '' });
    expect(runAsOtherUser('cat', [join(folder, 'password')])).toMatchObject({ code: 1, stdout: '' });
    if (sandbox.socketPath !== undefined) {
      const program = `require('node:net').connect(${JSON.stringify(sandbox.socketPath)}).on('error', (error) => console.log(error.code))`;
      expect(runAsOtherUser(process.execPath, ['-e', program])).toMatchObject({ code: 0, stdout: 'EACCES\n' });
    }
    // What is tried as the other user can be done by its owner.
    expect(readFileSync(join(folder, 'password'), 'utf8')).toBe(`${password}\n`);
  });

  it('comes back with the same password, and closes a folder that was open', async () => {
    await sandbox.release();
    chmodSync(folder, 0o755);
    sandbox = await acquireSandbox(options);
    expect(statSync(folder).mode & 0o777).toBe(0o700);
    expect(new URL(sandbox.url).password).toBe(password);
  });

  it.skipIf(engine === 'redis' || engine === 'kafka')(
    'of before there were passwords is used as it runs, and closed when it starts',
    async () => {
      for (const host of ['localhost', '127.0.0.1'])
        await ask(sandbox.url, `ALTER USER root@'${host}' IDENTIFIED BY ''`);
      rmSync(join(folder, 'password'));
      await use(options, async (url) => {
        expect(new URL(url).password).toBe('');
        expect(await answers(url)).toBe(true);
      });
      await sandbox.release();
      sandbox = await acquireSandbox(options);
      expect(new URL(sandbox.url).password).not.toBe(password);
      expect(await ask(sandbox.url, OPEN_ACCOUNTS)).toEqual([]);
      expect(await tryToEnter(engine, { host: '127.0.0.1', port: sandbox.port }, '')).toMatch(/denied/i);
    },
  );

  it.runIf(engine === 'kafka')('lets nobody without the password speak to its controller', async () => {
    const [, port] = /@127\.0\.0\.1:(\d+)$/.exec(commandOf(sandbox).find((word) => word.includes('quorum.voters'))!)!;
    expect(await tryKafka(Number(port), '')).toBe('denied');
    expect(await tryKafka(Number(port), 'guessed')).toBe('denied');
    expect(await tryKafka(Number(port), new URL(sandbox.url).password)).toBe('let in');
  });

  it.skipIf(engine !== 'kafka' || whyNoOtherUser())(
    'tells its password to no other user who listens in its place',
    async () => {
      const statePath = join(dirname(sandbox.dataDir), 'server.json');
      const state = readFileSync(statePath, 'utf8');
      const tellsPassword = async (uid: number, waited: (isHeard: () => boolean) => Promise<void>) => {
        const impostor = await startListener(uid);
        const isHeard = () => impostor.heard().includes(password);
        writeFileSync(statePath, JSON.stringify({ ...(JSON.parse(state) as object), port: impostor.port }));
        const stop = new AbortController();
        const failure = expect(acquireSandbox({ ...options, signal: stop.signal })).rejects.toThrow('stopped');
        await waited(isHeard);
        stop.abort();
        await failure;
        await impostor.stop();
        return isHeard();
      };
      expect(await tellsPassword(process.getuid!(), waitUntil)).toBe(true);
      expect(await tellsPassword(OTHER_UID, () => sleep(500))).toBe(false);
      writeFileSync(statePath, state);
    },
  );

  it.runIf(engine === 'kafka')(
    'of before there were passwords is used as it runs, and closed with its messages when it starts',
    async () => {
      await sendMessage(sandbox.url, 'kept', 'one');
      const command = commandOf(sandbox).map((word) => word.replaceAll('CLIENT:', 'PLAINTEXT:'));
      await sandbox.release();
      const folder = dirname(sandbox.dataDir);
      writeFileSync(join(folder, 'start'), '');
      rmSync(join(folder, 'server.json'));
      const [program, ...words] = command.filter((word) => !/sasl|security|config\.providers|inter\.broker/.test(word));
      spawn(program!, words, { cwd: folder, detached: true, stdio: 'ignore' }).unref();
      sandbox = await acquireSandbox(options);
      expect(sandbox.url).toBe(`127.0.0.1:${sandbox.port}`);
      expect(await readMessages(sandbox.url, 'kept', 1)).toEqual(['one']);
      expect(await tryKafka(sandbox.port, '')).toBe('let in');
      await sandbox.release();
      sandbox = await acquireSandbox(options);
      expect(new URL(sandbox.url).password).toMatch(/^[\w-]{32}$/);
      expect(await readMessages(sandbox.url, 'kept', 1)).toEqual(['one']);
      expect(await tryKafka(sandbox.port, '')).toBe('denied');
    },
  );
});

/** Those that are locked let nobody in: MariaDB's own has no password. */
const OPEN_ACCOUNTS = `SELECT user, host FROM mysql.user WHERE authentication_string = '' AND user <> 'mariadb.sys'`;

type Address = { host: string; port: number } | { path: string };

/**
 * What a server says to someone who logs in with a guessed password; of a Redis also what it says to a command then.
 */
async function tryToEnter(engine: SandboxOptions['engine'], address: Address, password: string): Promise<string> {
  if (engine === 'kafka' && 'port' in address) return tryKafka(address.port, password);
  if (engine === 'redis') return askPlainly(address, `AUTH ${password || '""'}\r\nCONFIG GET dir\r\nQUIT\r\n`);
  const place = 'path' in address ? { socketPath: address.path } : address;
  try {
    await (await mysql.createConnection({ ...place, user: 'root', password })).end();
    return 'let in';
  } catch (error) {
    return (error as Error).message;
  }
}

async function tryKafka(port: number, password: string): Promise<string> {
  const answer = await askSettings(port, password || undefined);
  return answer.includes('log.dirs') ? 'let in' : 'denied';
}

function commandOf({ pid }: Sandbox): string[] {
  return readFileSync(`/proc/${pid}/cmdline`, 'utf8').split('\0').slice(0, -1);
}

/** A program of that user that takes connections and says nothing. */
async function startListener(uid: number): Promise<{ port: number; heard(): string; stop(): Promise<unknown> }> {
  const program = `require('node:net').createServer((socket) => socket.pipe(process.stdout))
    .listen(0, '127.0.0.1', function () { console.log(this.address().port); })`;
  const child = spawn(process.execPath, ['-e', program], { uid, cwd: '/', stdio: ['ignore', 'pipe', 'inherit'] });
  let heard = '';
  child.stdout.setEncoding('latin1').on('data', (part: string) => (heard += part));
  await once(child.stdout, 'data');
  const closed = once(child, 'close');
  return { port: Number.parseInt(heard, 10), heard: () => heard, stop: () => (child.kill(), closed) };
}

async function askPlainly(address: Address, words: string): Promise<string> {
  const socket: Socket = connect(address);
  socket.setEncoding('utf8').write(words);
  let answer = '';
  for await (const part of socket) answer += String(part);
  return answer;
}

function readIfThere(path: string): string[] {
  try {
    return [readFileSync(path, 'utf8')];
  } catch {
    // No process, or one that has ended since.
    return [];
  }
}
