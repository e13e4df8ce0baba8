import { describe, expect, it } from 'vitest';

import type { ServerInfo } from '../database.js';
import { checkServer } from './server-checks.js';

const server: ServerInfo = {
  flavour: 'mysql',
  version: '9.7.0',
  versionNumber: 90700,
  serverId: 'x',
  database: 'shop',
  maxAllowedPacket: 64 * 1024 * 1024,
  maxConnections: 151,
  localInfile: true,
};

const healthy: Record<string, string> = {
  binlog_format: 'ROW',
  binlog_transaction_dependency_history_size: '25000',
  innodb_autoinc_lock_mode: '2',
  innodb_buffer_pool_size: String(1024 ** 3),
  innodb_doublewrite: 'ON',
  innodb_flush_log_at_trx_commit: '1',
  log_bin: 'ON',
  read_only: 'OFF',
  sql_mode: 'STRICT_TRANS_TABLES',
  sync_binlog: '1',
  time_zone: '+00:00',
  transaction_isolation: 'REPEATABLE-READ',
};

function complaints(changes: Record<string, string>, info: Partial<ServerInfo> = {}, connected = 1): unknown[] {
  const variables = new Map(Object.entries({ ...healthy, ...changes }));
  const findings = checkServer({ server: { ...server, ...info }, poolSize: 10, connected, variables });
  return findings.filter(({ status }) => status !== 'ok').map(({ check, status, advice }) => [check, status, advice]);
}

describe('checkServer', () => {
  it('names each setting that cuts results or ends statements, and how to put it right', () => {
    expect(complaints({ sql_select_limit: '7', completion_type: 'RELEASE', wait_timeout: '28800' })).toEqual([
      [
        'session-settings',
        'warning',
        "SET GLOBAL sql_select_limit = 18446744073709551615, completion_type = 'NO_CHAIN'",
      ],
    ]);
  });

  it('has nothing to say about a healthy server', () => {
    expect(complaints({})).toEqual([]);
  });

  it.each<[string, string, Record<string, string>]>([
    ['read-only', 'problem', { read_only: 'ON' }],
    ['sql-mode', 'warning', { sql_mode: 'ANSI' }],
    ['isolation', 'problem', { binlog_format: 'STATEMENT' }],
    ['durability', 'warning', { innodb_flush_log_at_trx_commit: '2' }],
    ['durability', 'warning', { sync_binlog: '0' }],
    ['durability', 'warning', { innodb_doublewrite: 'OFF' }],
    ['autoincrement', 'warning', { innodb_autoinc_lock_mode: '1' }],
    ['buffer-pool', 'warning', { innodb_buffer_pool_size: '134217728' }],
    ['dependency-history', 'warning', { binlog_transaction_dependency_history_size: '1000000' }],
  ])('finds %s a %s with %o', (check, status, changes) => {
    expect(complaints(changes)).toEqual([[check, status, expect.any(String)]]);
  });

  it('minds the strict mode of an XtraDB cluster, which forbids GET_LOCK', () => {
    const advice = expect.stringMatching(/pxc_strict_mode = MASTER there, which allows GET_LOCK/);
    expect(complaints({ pxc_strict_mode: 'ENFORCING' })).toEqual([['named-locks', 'problem', advice]]);
    expect(complaints({ pxc_strict_mode: 'MASTER' })).toEqual([]);
  });

  it('minds the binary log only where there is one', () => {
    const careless = {
      sync_binlog: '0',
      binlog_format: 'STATEMENT',
      binlog_transaction_dependency_history_size: '1000000',
    };
    expect(complaints({ log_bin: 'OFF', ...careless })).toEqual([]);
  });

  it('minds packets, LOCAL INFILE and connections', () => {
    expect(complaints({}, { maxAllowedPacket: 1024 * 1024 })).toEqual([['packet', 'warning', expect.any(String)]]);
    expect(complaints({}, { localInfile: false })).toEqual([['local-infile', 'warning', expect.any(String)]]);
    expect(complaints({}, {}, 145)).toEqual([
      ['connections', 'warning', expect.stringMatching(/capacity for 6 more: give fewer --workers/)],
    ]);
    expect(complaints({}, { maxConnections: 9 })).toEqual([['connections', 'problem', expect.any(String)]]);
  });
});
