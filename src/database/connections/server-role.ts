import { TablepickError } from '../../errors.js';

/** Whether a server takes writes, as far as it says so itself. */
export type ServerRole = 'writer' | 'read-only';

/**
 * Asks a server for its role. Where `super_read_only` is on, `read_only` is, too; a reader of Aurora has
 * `innodb_read_only` alone.
 *
 * @source MySQL Reference Manual, "Server System Variables", super_read_only; Amazon Aurora User Guide,
 * "innodb_read_only".
 */
export const SELECT_ROLE = 'SELECT @@GLOBAL.read_only AS readOnly, @@GLOBAL.innodb_read_only AS innodbReadOnly';

/**
 * Begins a transaction on a writer. A server that has turned read-only refuses it, where a plain START TRANSACTION
 * would be begun and answer as of old.
 */
export const START_WRITING = 'START TRANSACTION READ WRITE';

/** What {@link SELECT_ROLE} reads; newer MariaDB answers with a word. */
export type RoleRow = Record<'readOnly' | 'innodbReadOnly', number | string | null>;

/** The role that the answer to {@link SELECT_ROLE} tells. */
export function toRole(row: RoleRow | undefined): ServerRole {
  const isOff = (value: RoleRow['readOnly'] | undefined): boolean => /^(0|OFF)$/i.test(String(value ?? 0));
  return isOff(row?.readOnly) && isOff(row?.innodbReadOnly) ? 'writer' : 'read-only';
}

/** What to do about a server that takes no writes. */
export const READ_ONLY_HINT =
  "name the writer's address; after a fail-over, see whether the address leads to the new writer";

/**
 * A server was asked and is not the writer, or not any more: retriable, because its address may soon lead to another
 * server.
 */
export class NotTheWriter extends TablepickError {
  constructor(doing: string) {
    super('CONNECTION_LOST', `${doing}: the server is read-only, as @@read_only says`, {
      retriable: true,
      hint: READ_ONLY_HINT,
    });
  }
}
