import { describe, expect, it } from 'vitest';

import { parseDatabaseUrl } from './database-url.js';

describe('parseDatabaseUrl', () => {
  it('takes every part out, with escaped characters restored', () => {
    expect(
      parseDatabaseUrl(
        'mysql://a%40b:p%2F%3Aw@db.example:3307/my%20db?ssl-mode=verify_identity&ssl-ca=/ca.pem&ssl-cert=/c&ssl-key=/k',
      ),
    ).toEqual({
      user: 'a@b',
      password: 'p/:w',
      host: 'db.example',
      port: 3307,
      database: 'my db',
      socketPath: undefined,
      sslMode: 'VERIFY_IDENTITY',
      sslCa: '/ca.pem',
      sslCert: '/c',
      sslKey: '/k',
    });
  });

  it('goes as root to port 3306 when the URL does not say', () => {
    expect(parseDatabaseUrl('mariadb://db.example/x')).toMatchObject({ user: 'root', password: undefined, port: 3306 });
  });

  it('takes an address of IPv6 and the path of a socket', () => {
    expect(parseDatabaseUrl('mysql://root@[::1]:33/x')).toMatchObject({ host: '::1', port: 33 });
    expect(parseDatabaseUrl('mysql:///x?socket=/run/my.sock')).toMatchObject({
      host: 'localhost',
      socketPath: '/run/my.sock',
    });
  });

  it.each([
    ['mysql://db.example/x', 'PREFERRED'],
    ['mysql://127.0.0.1/x', 'DISABLED'],
    ['mysql://localhost/x', 'DISABLED'],
    ['mysql://127.example/x', 'PREFERRED'],
    ['mysql://db.example/x?ssl-ca=/ca', 'VERIFY_CA'],
    ['mysql://db.example/x?ssl-ca=/ca&ssl-mode=REQUIRED', 'REQUIRED'],
    ['mysql://localhost/x?ssl-mode=REQUIRED', 'REQUIRED'],
  ])('asks of %s for TLS %s', (url, sslMode) => {
    expect(parseDatabaseUrl(url)).toMatchObject({ sslMode });
  });

  it.each([
    'postgres://u:hunter2@h/x',
    'u:hunter2@h/x',
    'mysql://u:hunter2@h',
    'mysql://u:hunter2@h/',
    'mysql://u:hunter2@h:0/x',
    'mysql://u:hunter2@h:70000/x',
    'mysql://u:hunter2@h:/x?ssl-mode=MAYBE',
    'mysql://u:hunter2@h/x?multipleStatements=true',
    'mysql://u:hunter2%@h/x',
    'mysql://u:x@hunter2/y@h/x',
    'mysql://u:x/hunter2@h/x',
    'mysql://u:#hunter2@h/x',
    'mysql://u:?hunter2@h/x',
    'mysql://u@h/x?password=hunter2',
  ])('refuses %s without showing the password', (url) => {
    const refusal = catchError(() => parseDatabaseUrl(url));
    expect(refusal).toMatchObject({ code: 'BAD_URL', retriable: false });
    expect(refusal.cause).toBeUndefined();
    expect(refusal.message).toContain('as a database URL');
    expect(refusal.stack).not.toContain('hunter2');
  });

  it('refuses what is no text, as a variable that is not set', () => {
    const refusal = catchError(() => parseDatabaseUrl(undefined as unknown as string));
    expect(refusal).toMatchObject({ code: 'BAD_URL', message: 'the database has no URL but undefined' });
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
