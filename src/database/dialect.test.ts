import { describe, expect, it } from 'vitest';

import { isolationVariable, parseVersion, showGrants } from './dialect.js';

describe('parseVersion', () => {
  it.each([
    ['9.7.0', 'mysql', 90700],
    ['8.0.36-0ubuntu0.22.04.1', 'mysql', 80036],
    ['10.11.14-MariaDB-0+deb12u2', 'mariadb', 101114],
    ['5.5.5-10.6.21-MariaDB-log', 'mariadb', 100621],
    ['11.8.2-MariaDB', 'mariadb', 110802],
  ])('reads %s', (version, flavour, versionNumber) => {
    expect(parseVersion(version)).toEqual({ flavour, version, versionNumber });
  });

  it.each(['5.7.44', '10.5.29-MariaDB', '5.5.5-10.3.1-MariaDB', 'unknown'])('refuses %s as too old', (version) => {
    expect(() => parseVersion(version)).toThrowError(expect.objectContaining({ code: 'SERVER_UNSUPPORTED' }));
  });
});

describe('what differs', () => {
  it('is the name of the isolation variable', () => {
    expect(isolationVariable('mysql', 80000)).toBe('transaction_isolation');
    expect(isolationVariable('mariadb', 101114)).toBe('tx_isolation');
    expect(isolationVariable('mariadb', 110100)).toBe('transaction_isolation');
  });

  it('is how roles come into the list of grants', () => {
    expect(showGrants('mysql', '`app`@`%`')).toBe('SHOW GRANTS FOR CURRENT_USER() USING `app`@`%`');
    expect(showGrants('mysql', 'NONE')).toBe('SHOW GRANTS');
    expect(showGrants('mariadb', 'app')).toBe('SHOW GRANTS');
  });
});
