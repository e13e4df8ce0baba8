export type { Finding } from '../finding.js';
export { redactUrl } from '../redact.js';
export { connect, type ConnectOptions } from './connections/connect.js';
export type { SslMode } from './connections/database-url.js';
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
export { diagnose } from './diagnosis/diagnose.js';
export type { Flavour } from './dialect.js';
export type { ColumnMisfit } from './fit/column-fit.js';
export type { SchemaDifference } from './fit/compare-tables.js';
export { schemaDrift } from './fit/schema-drift.js';
export { instantText } from './instant-text.js';
export { migrate, schemaSql, type MigrationReport } from './migrate.js';
export { isDeadlock, isDuplicateKey, isLockWait, mysqlErrno } from './mysql-errors.js';
export { defaultNames, type SchemaNames, type TableName } from './names.js';
export type { SchemaOwner } from './schema-files.js';
