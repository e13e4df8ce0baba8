export { connect, type ConnectOptions } from './connections/connect.js';
export { createDatabase, databaseOf, urlOfDatabase } from './create-database.js';
export type {
  Database,
  PreparedStatement,
  ServerInfo,
  Session,
  SqlValue,
  Transaction,
  TransactionOptions,
  WriteResult,
} from './database.js';
export { redactUrl } from '../redact.js';
export { parseDatabaseUrl, type DatabaseAddress, type SslMode } from './connections/database-url.js';
export {
  isolationVariable,
  lockWatchGrants,
  selectLockWaits,
  selectTableId,
  withoutForeignKeyChecks,
  type Flavour,
} from './dialect.js';
export { toExactNumber } from './connections/exact-numbers.js';
export { classifyError, isDeadlock, isDuplicateKey, isLockWait, mysqlErrno } from './mysql-errors.js';
export { defaultNames, quoteIdentifier, renderSql, type SchemaNames, type TableName } from './names.js';
export { isOnlyParent, type ParentReference } from './fit/only-parent.js';
export { instantText } from './instant-text.js';
export { placeholders } from './placeholders.js';
export { migrate, schemaSql, type MigrationReport } from './migrate.js';
export { takeNamedLock } from './named-lock.js';
export { queryWriterIfEmpty, readAsWriter } from './read-as-writer.js';
export { schemaDrift } from './fit/schema-drift.js';
export type { SchemaDifference } from './fit/compare-tables.js';
export { requireFit, type FitRequest } from './fit/require-fit.js';
export { requireFitOnce } from './fit/require-fit-once.js';
export type { SchemaOwner } from './schema-files.js';
export { diagnose } from './diagnosis/diagnose.js';
export type { Finding } from '../finding.js';
