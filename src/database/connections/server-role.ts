import { TablepickError } from '../../errors.js';

/** Whether a server takes writes, as the server itself reports. */
export type ServerRole = 'writer' | 'read-only';

/**
 * Asks a server for its role. When `super_read_only` is on, `read_only` is on too. An Aurora reader has only
 * `innodb_read_only` on.
 *
 * @source MySQL Reference Manual, "Server System Variables", super_read_only; Amazon Aurora User Guide,
 * "innodb_read_only".
 */
export const SELECT_ROLE = 'SELECT @@GLOBAL.read_only AS readOnly, @@GLOBAL.innodb_read_only AS innodbReadOnly';

/**
 * Begins a transaction on a writer. A read-only server refuses this statement. It would accept a plain START
 * TRANSACTION.
 */
export const START_WRITING = 'START TRANSACTION READ WRITE';

/** The row of {@link SELECT_ROLE}. Newer MariaDB versions return a word. */
export type RoleRow = Record<'readOnly' | 'innodbReadOnly', number | string | null>;

/** Reads the role from the row of {@link SELECT_ROLE}. */
export function toRole(row: RoleRow | undefined): ServerRole {
  const isOff = (value: RoleRow['readOnly'] | undefined): boolean => /^(0|OFF)$/i.test(String(value ?? 0));
  return isOff(row?.readOnly) && isOff(row?.innodbReadOnly) ? 'writer' : 'read-only';
}

/** The hint for a read-only server. */
export const READ_ONLY_HINT =
  "name the writer's address; after a fail-over, see whether the address leads to the new writer";

/** The server is not the writer. The error is retriable, because the address may soon lead to another server. */
export class NotTheWriter extends TablepickError {
  constructor(doing: string) {
    super('CONNECTION_LOST', `${doing}: the server is read-only, as @@read_only says`, {
      retriable: true,
      hint: READ_ONLY_HINT,
    });
  }
}
