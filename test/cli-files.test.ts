import { execFileSync } from 'node:child_process';
import { closeSync, constants, openSync } from 'node:fs';
import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';

import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';

import { expectOneClearLine, runCli, startCli } from './support/run-cli.js';

const NOBODY = ['--url', 'mysql://nobody@127.0.0.1:1/none'];

let folder: string;
const at = (name: string): string => path.join(folder, name);

beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'tablepick-files-'));
  await mkdir(at('folder'));
  await writeFile(at('file'), '\n');
  await symlink(at('nothing'), at('dangling'));
  execFileSync('mkfifo', [at('pipe')]);
});

afterAll(() => rm(folder, { recursive: true }));

describe('a path that cannot be used is told with what is wrong with it', () => {
  it.each<[string[], () => string, RegExp]>([
    [['doctor', ...NOBODY, '--password-file'], () => at('folder'), /--password-file .*it is a folder/],
    [['doctor', ...NOBODY, '--password-file'], () => at('dangling'), /--password-file .*a link to something/],
    [['doctor', ...NOBODY, '--password-file'], () => '/dev/zero', /--password-file .*does not end within 64 KiB/],
    [['doctor', ...NOBODY, '--password-file'], () => at('file'), /--password-file .*first line is empty/],
    [['doctor', ...NOBODY, '--ssl-ca'], () => at('pipe'), /ssl-ca .*a pipe/],
    [['saga', 'simulate', ...NOBODY, '--markdown'], () => at('file/x'), /--markdown .*a part of the path is a file/],
    [['serve', 'gateway', '--gateway-port', '0', '--state-file'], () => at('none/x'), /state file .*no such file/],
    [['serve', 'gateway', '--gateway-port', '0', '--state-file'], () => at('pipe'), /state file .*a pipe/],
  ])('%j', async (words, name, message) => {
    expectOneClearLine(await runCli([...words, name()]), 2, message);
  });
});

describe('a pipe for a password', () => {
  it('without a writer is left at a signal', async () => {
    const cli = startCli(['doctor', ...NOBODY, '--password-file', at('pipe')]);
    // A writer can be there only once somebody reads; it leaves without a word.
    const open = (): number => openSync(at('pipe'), constants.O_WRONLY | constants.O_NONBLOCK);
    closeSync(await vi.waitFor(open, { timeout: 30_000, interval: 20 }));
    cli.child.kill('SIGINT');
    expect(await cli.ended).toMatchObject({ code: 130 });
  });

  it('is read to its first line', async () => {
    const cli = startCli(['doctor', ...NOBODY, '--password-file', at('pipe')]);
    execFileSync('sh', ['-c', `echo battery staple > ${at('pipe')}`]);
    const { code, stderr } = await cli.ended;
    expect([code, stderr]).toEqual([1, expect.stringMatching(/127\.0\.0\.1:1/)]);
  });
});

describe('a URL that cannot be used', () => {
  it.each([
    [['doctor', '--url', 'root:s3cret@host/db']],
    [['doctor', '--url', 'user:s3@cret@host:3306']],
    [['doctor', ...NOBODY, '--redis-url', 'root:s3cret@host/1']],
    [['reconcile', ...NOBODY, '--gateway-url', 'root:s3cret@host/db']],
    [['doctor', '--urll', 'root:s3cret@host/db']],
    [['runs', 'show', 'mysql://root:s3 cret@h/db', '--json']],
  ])('is never told with its password: %j', async (words) => {
    const { stdout, stderr } = await runCli(words, { TABLEPICK_DEBUG: '1' });
    expect(stderr).toMatch(/^error: /m);
    expect(stdout + stderr).not.toMatch(/s3 ?@?cret|cret@/);
  });
});
