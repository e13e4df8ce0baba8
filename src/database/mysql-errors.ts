import { TablepickError, type ErrorCode } from '../errors.js';
import { NotTheWriter, READ_ONLY_HINT } from './connections/server-role.js';

/** The meaning of one group of server error numbers or driver codes. */
interface ErrorClass {
  code: ErrorCode;
  retriable: boolean;
  hint?: string;
  /** Text before the server's message. */
  means?: string;
  /** The server's message is enough, so the statement is not added. */
  saysAll?: true;
  /** Server error numbers. */
  numbers: readonly number[];
  /** Codes of the driver and of the operating system. */
  driverCodes?: readonly string[];
}

/**
 * All known numbers. Any other number is `QUERY_FAILED`.
 *
 * @source MySQL 9.x Error Message Reference, "Server Error Message Reference"; MariaDB Knowledge Base, "MariaDB Error
 * Code Reference"
 */
const ERROR_CLASSES: readonly ErrorClass[] = [
  {
    // 1213 deadlock · 1205 lock wait, MariaDB's NOWAIT · 3572 MySQL's NOWAIT · 1020 MariaDB's snapshot check
    // 3058 lock-function deadlock · 3101 group replication's refusal · 1637 too many concurrent transactions
    code: 'CONFLICT',
    retriable: true,
    numbers: [1213, 1205, 3572, 1020, 3058, 3101, 1637],
  },
  {
    // 1047 Galera node not ready · 1053 shutdown · 1077, 1079 ending · 1152–1161, 1184 network · 1317 killed
    // 1927 MariaDB's kill · 2006, 2013 gone · 3032 offline mode · 3169 session killed · 4031 idle too long
    code: 'CONNECTION_LOST',
    retriable: true,
    hint: 'see whether the server is up, then run the same command again',
    numbers: [
      1047, 1053, 1077, 1079, 1152, 1156, 1157, 1158, 1159, 1160, 1161, 1184, 1317, 1927, 2006, 2013, 3032, 3169, 4031,
    ],
    driverCodes: [
      'PROTOCOL_CONNECTION_LOST',
      'PROTOCOL_PACKETS_OUT_OF_ORDER',
      'PROTOCOL_UNEXPECTED_PACKET',
      'ECONNRESET',
      'ECONNABORTED',
      'EPIPE',
      'ETIMEDOUT',
      'ECONNREFUSED',
      'EHOSTUNREACH',
      'ENETUNREACH',
      'EAI_AGAIN',
      'ENOTFOUND',
      'ENOENT',
      'ERR_STREAM_DESTROYED',
      'ERR_STREAM_WRITE_AFTER_END',
      'ERR_SSL_DECRYPTION_FAILED_OR_BAD_RECORD_MAC',
    ],
  },
  {
    // The server is no longer the writer, so its other connections are useless too. 1792: its transactions are
    // read-only. 1836: InnoDB is read-only. 1290 names a blocking option: when that option makes the server read-only,
    // it counts as 1836.
    code: 'CONNECTION_LOST',
    retriable: true,
    means: 'the server is read-only',
    hint: READ_ONLY_HINT,
    numbers: [1792, 1836],
  },
  {
    // Too many connections: 1040 of the server · 1203, 1226 of the user
    code: 'CONNECTION_LOST',
    retriable: true,
    hint: 'end other connections, take fewer --workers, or raise max_connections and the max_user_connections of this user',
    numbers: [1040, 1203, 1226],
  },
  {
    // The server has require_secure_transport ON.
    code: 'SERVER_UNREACHABLE',
    retriable: false,
    hint: 'the server takes connections over TLS only: put ssl-mode=REQUIRED into the URL, or VERIFY_CA with ssl-ca',
    numbers: [3159],
  },
  {
    code: 'SERVER_UNREACHABLE',
    retriable: false,
    hint: 'check ssl-mode and ssl-ca: the server offers no TLS, or a certificate that this CA did not sign',
    numbers: [],
    driverCodes: ['HANDSHAKE_SSL_ERROR', 'HANDSHAKE_NO_SSL_SUPPORT'],
  },
  {
    code: 'ACCESS_DENIED',
    retriable: false,
    hint: 'check user and password, and whether the user may log in from this machine',
    numbers: [1045, 1129, 1130, 1251, 1698, 1820, 1862, 3118, 3878, 3955, 4151],
    driverCodes: ['AUTH_SWITCH_PLUGIN_ERROR'],
  },
  {
    code: 'ACCESS_DENIED',
    retriable: false,
    hint: 'look at SHOW GRANTS; `tablepick doctor` lists the privileges that are missing',
    numbers: [1044, 1142, 1143, 1227, 1370, 1410],
  },
  {
    code: 'UNKNOWN_DATABASE',
    retriable: false,
    hint: 'create it: CREATE DATABASE … CHARACTER SET utf8mb4',
    numbers: [1049],
  },
  {
    code: 'MISSING_TABLE',
    retriable: false,
    hint: 'run `tablepick init` to create what is missing',
    saysAll: true,
    numbers: [1051, 1146],
  },
  {
    // The table exists, so `init` would not change it.
    code: 'MISSING_TABLE',
    retriable: false,
    hint: 'run `tablepick doctor`: it tells which columns are missing',
    numbers: [1054],
  },
  {
    code: 'LOCAL_INFILE_OFF',
    retriable: false,
    hint: 'have an administrator run SET GLOBAL local_infile = 1, or choose --strategy batch',
    numbers: [1148, 2068, 3948, 3950, 4166],
  },
  {
    code: 'DISK_FULL',
    retriable: false,
    hint: "free space on the server's disk, then run the same command again",
    numbers: [3, 28, 1021, 1026, 1114],
    driverCodes: ['ENOSPC'],
  },
  {
    code: 'QUERY_FAILED',
    retriable: false,
    hint: 'have an administrator run SET GLOBAL binlog_format = ROW: statements cannot be logged at READ COMMITTED',
    numbers: [1665],
  },
  {
    // 167 MariaDB, 1467 MySQL: the next value of an AUTO_INCREMENT column is beyond its type.
    code: 'QUERY_FAILED',
    retriable: false,
    hint: 'the ids of that table are used up: give its id a larger type, as ALTER TABLE … MODIFY id BIGINT NOT NULL AUTO_INCREMENT',
    numbers: [167, 1467],
  },
  {
    // 1048 null · 1062 duplicate · 1264–1366 out of range, truncated, no value · 1216, 1217, 1451, 1452 foreign key
    // 1292 bad date · 1406 too long · 1644 SIGNAL · 3140–3157 JSON · 3819, 4025 CHECK
    code: 'BAD_ROW',
    retriable: false,
    numbers: [
      1048, 1062, 1169, 1216, 1217, 1261, 1262, 1263, 1264, 1265, 1292, 1364, 1365, 1366, 1367, 1369, 1406, 1411, 1441,
      1451, 1452, 1526, 1586, 1644, 1690, 1748, 3140, 3141, 3143, 3144, 3156, 3157, 3819, 4025,
    ],
  },
];

const classOfNumber = new Map(
  ERROR_CLASSES.flatMap((entry) => entry.numbers.map((number) => [number, entry] as const)),
);
const classOfDriverCode = new Map(
  ERROR_CLASSES.flatMap((entry) => (entry.driverCodes ?? []).map((code) => [code, entry] as const)),
);

/**
 * Turns a driver's error into a `TablepickError`. A `TablepickError` is returned unchanged.
 *
 * @param doing The failed action, for the message: "INSERT INTO `slot` …".
 */
export function classifyError(error: unknown, doing = 'talking to the database'): TablepickError {
  if (error instanceof TablepickError) return error;
  const found = findClass(error);
  const said = sayWithNumber(error, found?.means);
  return new TablepickError(found?.code ?? 'QUERY_FAILED', found?.saysAll ? said : `${doing}: ${said}`, {
    retriable: found?.retriable ?? false,
    ...(found?.hint === undefined ? {} : { hint: found.hint }),
    cause: error,
  });
}

function sayWithNumber(error: unknown, means: string | undefined): string {
  const number = ownErrno(error);
  const words = `${messageOf(error)}${number === undefined ? '' : ` (error ${number})`}`;
  return means === undefined ? words : `${means}: ${words}`;
}

/**
 * The server's error number (1213, 1062, …) of `error` or of its cause. Undefined when the error did not come from a
 * server.
 */
export function mysqlErrno(error: unknown): number | undefined {
  for (let current = error; current instanceof Error; current = current.cause) {
    const number = ownErrno(current);
    if (number !== undefined) return number;
  }
  return undefined;
}

/**
 * True when `error` is a deadlock (1213, or the storage engine's 149). Deadlocks are counted apart from other
 * conflicts.
 */
export function isDeadlock(error: unknown): boolean {
  for (let current = error; current instanceof Error; current = current.cause) {
    const number = ownErrno(current);
    if (number !== undefined) return numberOfClass(current, number) === 1213;
  }
  return false;
}

/** True when the server does not know a variable (1193). */
export function isUnknownVariable(error: unknown): boolean {
  return mysqlErrno(error) === 1193;
}

/**
 * True when a server refused a write because it is read-only (1290 with such an option, 1792, 1836), or when it reports
 * that it is read-only.
 */
export function isReadOnlyServer(error: unknown): boolean {
  if (error instanceof NotTheWriter) return true;
  for (let current = error; current instanceof Error; current = current.cause) {
    const number = ownErrno(current);
    if (number !== undefined) return READ_ONLY_NUMBERS.has(numberOfClass(current, number));
  }
  return false;
}

/** True when a unique key refused a row (1062). */
export function isDuplicateKey(error: unknown): boolean {
  return mysqlErrno(error) === 1062;
}

/** True when the wait for a row lock timed out (1205). Other conflicts fail at once. */
export function isLockWait(error: unknown): boolean {
  return mysqlErrno(error) === 1205;
}

/**
 * True when it is unknown whether a failed COMMIT was applied. The connection broke, the server was stopped, the
 * statement was killed, the disk was full, or COMMIT failed in the middle. The last case is 1180, unless the storage
 * engine refused, or 3100: Group Replication failed, and the group may know the transaction already.
 *
 * Any other answer is a refusal, such as 1213 of a Galera node or 3101 of Group Replication. A server that has turned
 * read-only has rolled back.
 *
 * @source MySQL 9.x Error Message Reference, 1180 ER_ERROR_DURING_COMMIT, 3100 ER_RUN_HOOK_ERROR, 3101
 * ER_TRANSACTION_ROLLBACK_DURING_COMMIT
 */
export function leavesCommitOpen(error: TablepickError): boolean {
  if (error.code === 'CONFLICT' || isReadOnlyServer(error)) return false;
  return error.code === 'CONNECTION_LOST' || error.code === 'DISK_FULL' || [1180, 3100].includes(mysqlErrno(error)!);
}

function findClass(error: unknown): ErrorClass | undefined {
  const number = ownErrno(error);
  if (number !== undefined) return classOfNumber.get(numberOfClass(error, number));
  const { code, fatal } = Object(error) as { code?: unknown; fatal?: unknown };
  const known = typeof code === 'string' ? classOfDriverCode.get(code) : undefined;
  return known ?? (fatal === true ? classOfDriverCode.get('PROTOCOL_CONNECTION_LOST') : undefined);
}

/** Operating system errors have a negative `errno`. The server's numbers are positive. */
function ownErrno(error: unknown): number | undefined {
  const { errno } = Object(error) as { errno?: unknown };
  return typeof errno === 'number' && errno > 0 ? errno : undefined;
}

const READ_ONLY_NUMBERS: ReadonlySet<number> = new Set([1792, 1836]);

/** Some numbers have their meaning only in the text. Returns the number with the same meaning. */
function numberOfClass(error: unknown, number: number): number {
  if (number === 1290 && READ_ONLY_OPTION.test(messageOf(error))) return 1836;
  return translate(error, number);
}

/**
 * The option in the text of a 1290. It is the same in every language. A fail-over does not change other options, such
 * as secure-file-priv.
 */
const READ_ONLY_OPTION = /--(super[-_]|innodb[-_])?read[-_]only(?![-_\w])/i;

/**
 * Numbers of the storage engine, each with the server's number of the same meaning: 28 ENOSPC, 146 lock wait, 149
 * deadlock. When a transaction of another member was first, a group member answers 149 to any statement and to COMMIT.
 *
 * @source MySQL, include/my_base.h: HA_ERR_LOCK_WAIT_TIMEOUT, HA_ERR_LOCK_DEADLOCK
 */
const ENGINE_NUMBERS: ReadonlyMap<number, number> = new Map([
  [28, 28],
  [146, 1205],
  [149, 1213],
]);

/** 1030 and 1180 have the storage engine's own number only in their text. */
function translate(error: unknown, number: number): number {
  if (number !== 1030 && number !== 1180) return number;
  const engineNumber = /\berror:? (\d+)\b/i.exec(messageOf(error))?.[1];
  return ENGINE_NUMBERS.get(Number(engineNumber)) ?? number;
}

function messageOf(error: unknown): string {
  return error instanceof Error
    ? error.message || String((error as { code?: unknown }).code ?? error.name)
    : String(error);
}
