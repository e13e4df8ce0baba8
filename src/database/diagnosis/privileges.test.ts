import { describe, expect, it } from 'vitest';

import { missingPrivileges, readPrivileges } from './privileges.js';

const onSchema = (lines: string[], schema = 'shop') => [...readPrivileges(lines, schema).onSchema].sort();

describe('readPrivileges', () => {
  it('takes what holds everywhere and what holds in the schema, and nothing of others', () => {
    const lines = [
      'GRANT USAGE ON *.* TO `u`@`%`',
      'GRANT SELECT, INSERT ON `shop`.* TO `u`@`%` WITH GRANT OPTION',
      'GRANT DELETE ON `other`.* TO `u`@`%`',
      'GRANT EXECUTE ON PROCEDURE `shop`.`p` TO `u`@`%`',
      'GRANT `a_role`@`%` TO `u`@`%`',
    ];
    expect(onSchema(lines)).toEqual(['INSERT', 'SELECT', 'USAGE']);
  });

  it('knows wildcards in the name of a schema, and escaped ones as themselves', () => {
    expect(onSchema(['GRANT SELECT ON `sh_p`.* TO `u`@`%`'])).toEqual(['SELECT']);
    expect(onSchema(['GRANT SELECT ON `s%`.* TO `u`@`%`'])).toEqual(['SELECT']);
    expect(onSchema(['GRANT SELECT ON `sh\\_p`.* TO `u`@`%`'])).toEqual([]);
    expect(onSchema(['GRANT SELECT ON `my\\_shop`.* TO `u`@`%`'], 'my_shop')).toEqual(['SELECT']);
    expect(onSchema(['GRANT SELECT ON `a.*b`.* TO `u`@`%`'], 'axxb')).toEqual([]);
  });

  it('keeps apart what holds on single tables, and leaves out single columns', () => {
    const found = readPrivileges(['GRANT SELECT, UPDATE (`a`, `b`), INSERT ON `shop`.`t` TO `u`@`%`'], 'shop');
    expect(found.onSchema.size).toBe(0);
    expect([...found.onTables].sort()).toEqual(['INSERT', 'SELECT']);
  });

  it('takes away what was revoked in the schema', () => {
    const lines = ['GRANT SELECT, DELETE ON *.* TO `u`@`%`', 'REVOKE DELETE ON `shop`.* FROM `u`@`%`'];
    expect(onSchema(lines)).toEqual(['SELECT']);
  });
});

describe('missingPrivileges', () => {
  it('misses nothing where everything is granted', () => {
    expect(missingPrivileges(new Set(['ALL PRIVILEGES']), ['SELECT', 'DELETE'])).toEqual([]);
    expect(missingPrivileges(new Set(['SELECT']), ['SELECT', 'DELETE'])).toEqual(['DELETE']);
  });
});
