import { expect, it } from 'vitest';

import type { ServerInfo } from '../database.js';
import { readPrivileges } from './privileges.js';
import { checkReadOnlyUser } from './read-only-user.js';

const statusOf = (grant: string, server: Partial<ServerInfo>) => {
  const { onServer } = readPrivileges([`GRANT ${grant} TO \`u\`@\`%\``], 'shop');
  return checkReadOnlyUser(onServer, server as ServerInfo).status;
};

const mysql = { flavour: 'mysql', versionNumber: 90_700 } as const;
const older = { flavour: 'mariadb', versionNumber: 100_623 } as const;
const newer = { flavour: 'mariadb', versionNumber: 101_114 } as const;

it.each([
  ['USAGE ON *.*', mysql, 'ok'],
  ['ALL PRIVILEGES ON `shop`.*', mysql, 'ok'],
  ['SELECT, SUPER ON *.*', mysql, 'warning'],
  ['CONNECTION_ADMIN ON *.*', mysql, 'warning'],
  ['ALL PRIVILEGES ON *.*', mysql, 'warning'],
  ['CONNECTION ADMIN ON *.*', newer, 'ok'],
  ['SUPER ON *.*', older, 'warning'],
  ['SUPER ON *.*', newer, 'ok'],
  ['READ_ONLY ADMIN ON *.*', newer, 'warning'],
  ['READ_ONLY ADMIN ON *.*', older, 'warning'],
  ['ALL PRIVILEGES ON *.*', newer, 'warning'],
])('%s on %j: %s', (grant, server, status) => {
  expect(statusOf(grant, server)).toBe(status);
});
