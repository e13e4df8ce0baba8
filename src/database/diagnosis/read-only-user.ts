import type { ServerInfo } from '../database.js';
import { type Finding, fine, warning } from '../../finding.js';

/**
 * From this version on, MariaDB's SUPER does not include the privilege to write on a read-only server. @source
 * MDEV-29596.
 */
const SEPARATE_IN_MARIADB = 101_100;

/**
 * Checks whether `read_only` stops this user. When it does not, the user may still write to the old server after a
 * fail-over, and those writes are lost.
 *
 * @param onServer The privileges on `*.*`.
 * @source MySQL 9.7 Reference Manual, "Server System Variables", read_only: SUPER and CONNECTION_ADMIN; super_read_only
 * stops these too.
 */
export function checkReadOnlyUser(onServer: ReadonlySet<string>, server: ServerInfo): Finding {
  const passing = namesOf(server).filter((name) => onServer.has(name) || onServer.has('ALL PRIVILEGES'));
  if (passing.length === 0) return fine('fail-over', 'read_only stops this user, so no write goes to an old server');
  const revoke = `take the privilege away: REVOKE ${passing.join(', ')} ON *.* FROM this user`;
  return warning(
    'fail-over',
    `read_only does not stop this user, who has ${passing.join(' and ')}: after a fail-over it may go on writing at the old server, where that is lost`,
    server.flavour === 'mysql' ? `${revoke}; or have the fail-over set super_read_only` : revoke,
  );
}

function namesOf({ flavour, versionNumber }: ServerInfo): string[] {
  if (flavour === 'mysql') return ['SUPER', 'CONNECTION_ADMIN'];
  return versionNumber < SEPARATE_IN_MARIADB ? ['SUPER', 'READ_ONLY ADMIN'] : ['READ_ONLY ADMIN'];
}
