import { mkdtempSync, readdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';

import { afterAll, describe, expect, it } from 'vitest';

import { TablepickError } from './errors.js';
import { describeFileError, fileError, makeFolder, readNamedFile } from './file-errors.js';

const folder = mkdtempSync(path.join(tmpdir(), 'tablepick-files-'));
const at = (name: string): string => path.join(folder, name);
writeFileSync(at('file'), 'text');
symlinkSync(at('nothing'), at('dangling'));
symlinkSync(at('circle'), at('circle'));

afterAll(() => rmSync(folder, { recursive: true }));

describe('makeFolder', () => {
  it('makes all that is missing, at once with others, and leaves what is there', async () => {
    await Promise.all([makeFolder(at('a/b/c')), makeFolder(at('a/b/d'))]);
    await makeFolder(at('a/b'));
    expect(readdirSync(at('a/b')).toSorted()).toEqual(['c', 'd']);
  });

  it.each([
    ['/proc/nothing/x', 'ENOENT'],
    [at('file'), 'EEXIST'],
    [at('file/x'), 'ENOTDIR'],
    [at('dangling'), 'ENOENT'],
  ])('ends where none can be made: %s', async (name, code) => {
    await expect(makeFolder(name)).rejects.toMatchObject({ code });
  });
});

describe('readNamedFile', () => {
  it.each<[string, string, RegExp]>([
    ['a file that is not there', at('none'), /there is no such file/],
    ['a folder', folder, /it is a folder/],
    ['a path through a file', at('file/x'), /a part of the path is a file/],
    ['a dangling link', at('dangling'), /a link to something that is not there/],
    ['a circle of links', at('circle'), /lead in a circle/],
    ['a name that is too long', at('x'.repeat(300)), /too long/],
    ['a device', '/dev/zero', /a pipe, a socket or a device/],
    ['no path at all', 'a\0b', /it is no path/],
  ])('refuses %s', (_what, name, reason) => {
    const refusal = catchError(() => readNamedFile('--kafka-ca', name));
    expect(refusal).toMatchObject({ code: 'BAD_OPTION', hint: expect.any(String) });
    expect(refusal.message).toMatch(reason);
    expect(refusal.message).toContain('--kafka-ca');
  });

  it('reads a file', () => {
    expect(readNamedFile('x', at('file'))).toBe('text');
  });
});

describe('fileError', () => {
  it.each([
    ['ENOSPC', 'DISK_FULL'],
    ['EDQUOT', 'DISK_FULL'],
    ['EMFILE', 'FILE_FAILED'],
    ['EIO', 'FILE_FAILED'],
    ['EACCES', 'BAD_OPTION'],
    ['EROFS', 'BAD_OPTION'],
    ['EUNHEARD', 'FILE_FAILED'],
  ])('tells %s as %s, with the path', (code, expected) => {
    const error = fileError(Object.assign(new Error(code), { code }), { what: '--out', path: '/x', use: 'written' });
    expect(error).toMatchObject({ code: expected, message: expect.stringContaining('--out /x cannot be written') });
  });

  it('leaves our own as they are', () => {
    const ours = new TablepickError('ABORTED', 'stopped');
    expect(fileError(ours, { what: '--out', path: '/x', use: 'read' })).toBe(ours);
  });
});

describe('describeFileError', () => {
  it('gives words to what nobody gave words to, and leaves other errors', async () => {
    const raw: unknown = await readFile(at('none')).catch((error: unknown) => error);
    expect(describeFileError(raw)).toMatchObject({ code: 'BAD_OPTION', message: expect.stringContaining(at('none')) });
    expect(describeFileError(new Error('other'))).toBeUndefined();
    expect(describeFileError(Object.assign(new Error('x'), { code: 'EACCES', syscall: 'listen' }))).toBeUndefined();
    expect(describeFileError('text')).toBeUndefined();
    expect(describeFileError(undefined)).toBeUndefined();
  });
});

function catchError(run: () => unknown): Error {
  try {
    run();
  } catch (error) {
    return error as Error;
  }
  throw new Error('nothing was thrown');
}
