import { describe, expect, it } from 'vitest';

import { TablepickError, type ErrorCode } from '../errors.js';
import { classifyError, isDeadlock, isReadOnlyServer, leavesCommitOpen, mysqlErrno } from './mysql-errors.js';

function serverError(errno: number, message = 'text for people'): Error {
  return Object.assign(new Error(message), { errno, code: 'ER_WHATEVER', sqlState: 'HY000' });
}

function driverError(code: string, errno?: number): Error {
  return Object.assign(new Error('text for people'), { code, errno });
}

describe('classifyError', () => {
  it.each<[number, ErrorCode, boolean]>([
    [1213, 'CONFLICT', true],
    [1205, 'CONFLICT', true],
    [3572, 'CONFLICT', true],
    [1020, 'CONFLICT', true],
    [1053, 'CONNECTION_LOST', true],
    [1317, 'CONNECTION_LOST', true],
    [2013, 'CONNECTION_LOST', true],
    [1927, 'CONNECTION_LOST', true],
    [4031, 'CONNECTION_LOST', true],
    [1040, 'CONNECTION_LOST', true],
    [1203, 'CONNECTION_LOST', true],
    [1226, 'CONNECTION_LOST', true],
    [1045, 'ACCESS_DENIED', false],
    [1142, 'ACCESS_DENIED', false],
    [1049, 'UNKNOWN_DATABASE', false],
    [1146, 'MISSING_TABLE', false],
    [1054, 'MISSING_TABLE', false],
    [3948, 'LOCAL_INFILE_OFF', false],
    [4166, 'LOCAL_INFILE_OFF', false],
    [1114, 'DISK_FULL', false],
    [1062, 'BAD_ROW', false],
    [1644, 'BAD_ROW', false],
    [4025, 'BAD_ROW', false],
    [1064, 'QUERY_FAILED', false],
  ])('tells error %i apart as %s', (errno, code, retriable) => {
    expect(classifyError(serverError(errno))).toMatchObject({ code, retriable });
  });

  it.each(['ECONNRESET', 'EPIPE', 'PROTOCOL_CONNECTION_LOST', 'ETIMEDOUT', 'ECONNREFUSED'])(
    'takes %s for a lost connection, whatever errno the operating system gave it',
    (code) => {
      expect(classifyError(driverError(code, -104))).toMatchObject({ code: 'CONNECTION_LOST', retriable: true });
    },
  );

  it('sends whoever misses a column to doctor, whoever misses a table to init, and who has too many connections to the limit', () => {
    expect(classifyError(serverError(1054)).hint).toMatch(/^(?!.*init).*tablepick doctor/);
    expect(classifyError(serverError(1146)).hint).toMatch(/tablepick init/);
    expect(classifyError(serverError(1226)).hint).toMatch(/max_user_connections/);
  });

  it.each([
    [1290, 'The MySQL server is running with the --read-only option so it cannot execute this statement'],
    [1290, 'The MySQL server is running with the --super-read-only option so it cannot execute this statement'],
    [1290, "Le serveur MySQL s'exécute avec l'option --super-read-only"],
    [1290, 'The MariaDB server is running with the --read-only=NO_LOCK option so it cannot execute this statement'],
    [1290, 'The MariaDB server is running with the --innodb-read-only option so it cannot execute this statement'],
    [1792, 'Cannot execute statement in a READ ONLY transaction.'],
    [1836, 'Running in read-only mode'],
  ])('takes %i %s for a server that is the writer no longer', (errno, message) => {
    const error = classifyError(serverError(errno, message), 'INSERT INTO x');
    expect(error).toMatchObject({ code: 'CONNECTION_LOST', retriable: true, hint: expect.stringMatching(/writer/) });
    expect(error.message).toBe(`INSERT INTO x: the server is read-only: ${message} (error ${errno})`);
    expect(isReadOnlyServer(error)).toBe(true);
    expect(leavesCommitOpen(error)).toBe(false);
  });

  it.each(['--secure-file-priv', '--skip-grant-tables', '--read-only-hats', '--skip-name-resolve mode'])(
    'takes 1290 because of %s for no fail-over',
    (option) => {
      const error = serverError(1290, `The MySQL server is running with the ${option} option so it cannot`);
      expect(classifyError(error)).toMatchObject({ code: 'QUERY_FAILED', retriable: false });
      expect(isReadOnlyServer(error)).toBe(false);
    },
  );

  it('sends whoever connects in the clear to a server that wants TLS to ssl-mode', () => {
    expect(classifyError(serverError(3159))).toMatchObject({
      code: 'SERVER_UNREACHABLE',
      hint: expect.stringMatching(/ssl-mode=REQUIRED/),
    });
  });

  it('goes by the number and not by what the text says', () => {
    const misleading = serverError(1062, "Duplicate entry 'Deadlock found; Connection lost' for key 'x'");
    expect(classifyError(misleading).code).toBe('BAD_ROW');
  });

  it('reads the number of the storage engine out of error 1030', () => {
    expect(classifyError(serverError(1030, "Got error 28 - 'No space left on device' from storage engine")).code).toBe(
      'DISK_FULL',
    );
    expect(classifyError(serverError(1030, "Got error 168 - 'Unknown' from storage engine")).code).toBe('QUERY_FAILED');
  });

  it('says what was being done, keeps the cause and its number, and does not classify twice', () => {
    const cause = serverError(1213);
    const error = classifyError(cause, 'INSERT INTO slot …');
    expect(error.message).toBe('INSERT INTO slot …: text for people (error 1213)');
    expect(error.cause).toBe(cause);
    expect(classifyError(error, 'something else')).toBe(error);
    expect(mysqlErrno(new TablepickError('COMMIT_UNKNOWN', 'x', { cause: error }))).toBe(1213);
    expect(isDeadlock(error)).toBe(true);
    expect(mysqlErrno(driverError('ECONNRESET', -104))).toBeUndefined();
  });
});

describe("the storage engine's deadlock in the text of another error", () => {
  it.each([
    [1180, "Got error 149 - 'Lock deadlock; Retry transaction' during COMMIT"],
    [1180, 'Got error 149 "Lock deadlock; Retry transaction" during COMMIT'],
    [1030, "Got error 149 - 'Lock deadlock; Retry transaction' from storage engine"],
    [1030, 'Got error 149 "Lock deadlock; Retry transaction" from storage engine InnoDB'],
  ])('is a conflict (error %i, %s)', (errno, text) => {
    const error = classifyError(serverError(errno, text));
    expect(error).toMatchObject({ code: 'CONFLICT', retriable: true });
    expect(isDeadlock(error)).toBe(true);
  });

  it('is a lock wait where it says so, and nothing of the kind otherwise', () => {
    expect(classifyError(serverError(1030, "Got error 146 - 'Lock timed out' from storage engine")).code).toBe(
      'CONFLICT',
    );
    expect(classifyError(serverError(1030, "Got error 168 - 'Unknown' from storage engine"))).toMatchObject({
      code: 'QUERY_FAILED',
      retriable: false,
    });
  });
});

describe('leavesCommitOpen', () => {
  it.each([
    [serverError(1213), false],
    [serverError(3101), false],
    [serverError(1290), false],
    [serverError(1290, 'running with the --super-read-only option'), false],
    [serverError(1053), true],
    [serverError(1317), true],
    [serverError(1180), true],
    [serverError(1180, "Got error 149 - 'Lock deadlock; Retry transaction' during COMMIT"), false],
    [serverError(1180, "Got error 28 - 'No space left on device' during COMMIT"), true],
    [serverError(3100, "Error on observer while running replication hook 'before_commit'."), true],
    [serverError(3101), false],
    [driverError('ECONNRESET', -104), true],
    [driverError('PROTOCOL_CONNECTION_LOST'), true],
  ])('for %o is %s', (error, open) => {
    expect(leavesCommitOpen(classifyError(error))).toBe(open);
  });
});
