import { chmodSync, readFileSync, readdirSync, rmSync, statSync } from 'node:fs';
import { connect, type Socket } from 'node:net';
import { dirname, join } from 'node:path';

import mysql from 'mysql2/promise';
import { type Sandbox, type SandboxOptions, acquireSandbox, sandboxReset } from 'tablepick/sandbox';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { runAsOtherUser, whyNoOtherUser } from './support/other-user.js';
import { answers, ask, use } from './support/sandbox-processes.js';

const INSTANCE = `sandbox-closed-${process.pid}`;

describe.each(['mysql', 'mariadb', 'redis'] as const)('the %s sandbox', (engine) => {
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
    for (const address of [{ host: '127.0.0.1', port: sandbox.port }, { path: sandbox.socketPath! }]) {
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
    const program = `require('node:net').connect(${JSON.stringify(sandbox.socketPath)}).on('error', (error) => console.log(error.code))`;
    expect(runAsOtherUser(process.execPath, ['-e', program])).toMatchObject({ code: 0, stdout: 'EACCES\n' });
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

  it.skipIf(engine === 'redis')(
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
});

/** Those that are locked let nobody in: MariaDB's own has no password. */
const OPEN_ACCOUNTS = `SELECT user, host FROM mysql.user WHERE authentication_string = '' AND user <> 'mariadb.sys'`;

type Address = { host: string; port: number } | { path: string };

/** What a server says to someone who logs in with a guessed password; of a Redis also what it says to a command then. */
async function tryToEnter(engine: SandboxOptions['engine'], address: Address, password: string): Promise<string> {
  if (engine === 'redis') return askPlainly(address, `AUTH ${password || '""'}\r\nCONFIG GET dir\r\nQUIT\r\n`);
  const place = 'path' in address ? { socketPath: address.path } : address;
  try {
    await (await mysql.createConnection({ ...place, user: 'root', password })).end();
    return 'let in';
  } catch (error) {
    return (error as Error).message;
  }
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
