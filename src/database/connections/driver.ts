import { isIP, type Socket } from 'node:net';
import type { Readable } from 'node:stream';

import { createConnection, type ConnectionOptions } from 'mysql2';

import { TablepickError } from '../../errors.js';
import { readNamedFile } from '../../file-errors.js';
import type { DatabaseAddress } from './database-url.js';
import type { SqlValue } from '../database.js';

/** The driver's answer to a writing statement. */
export interface DriverResult {
  affectedRows: number;
  insertId: number;
  info?: string;
  warningStatus?: number;
}

/** A column of a result. */
export interface DriverField {
  name: string;
  /** The column's name in its table. Empty for an expression. */
  orgName: string;
  orgTable: string;
  columnType: number;
}

type Callback<T> = (error: Error | null, result: T, fields?: readonly DriverField[]) => void;

/** The driver's prepared statement. */
export interface DriverStatement {
  execute(values: readonly SqlValue[], callback: Callback<unknown>): unknown;
}

/** The used part of a mysql2 connection. */
export interface DriverConnection {
  /** The server's id of this connection. */
  readonly threadId: number;
  query(
    options: { sql: string; values?: SqlValue[]; infileStreamFactory?: () => Readable },
    callback: Callback<unknown>,
  ): unknown;
  prepare(sql: string, callback: Callback<DriverStatement>): unknown;
  unprepare(sql: string): unknown;
  reset(callback: (error: Error | null) => void): void;
  on(event: 'error' | 'end', listener: (error?: Error) => void): unknown;
  end(callback: (error: Error | null) => void): void;
  destroy(): void;
  /** The socket. The connection's own `destroy` waits until the other side closes. */
  readonly stream: Pick<Socket, 'destroy' | 'listeners' | 'off'>;
}

/** Settings of {@link openConnection}. */
export interface OpenOptions {
  address: DatabaseAddress;
  connectTimeoutMs: number;
}

/**
 * Opens one physical connection, with the TLS of the address. With `PREFERRED`, when the server has no TLS, the
 * connection is not encrypted.
 *
 * @throws The driver's error, not yet classified; `BAD_OPTION` when a TLS setting cannot be used.
 */
export async function openConnection(options: OpenOptions): Promise<DriverConnection> {
  const { address } = options;
  if (address.sslMode === 'DISABLED' || address.socketPath !== undefined) return dial(options, undefined);
  try {
    return await dial(options, tlsSettings(address));
  } catch (error) {
    const refused = (error as { code?: unknown }).code === 'HANDSHAKE_NO_SSL_SUPPORT';
    if (refused && address.sslMode === 'PREFERRED') return dial(options, undefined);
    throw error;
  }
}

function dial(options: OpenOptions, ssl: ConnectionOptions['ssl']): Promise<DriverConnection> {
  return new Promise((resolve, reject) => {
    const connection = createConnection(driverOptions(options, ssl));
    connection.on('error', reject);
    connection.connect((error) => {
      if (error === null) return resolve(connection as unknown as DriverConnection);
      connection.destroy();
      return reject(error);
    });
  });
}

/** FOUND_ROWS is off, so that `affectedRows` counts changes. Date and decimal values stay text. */
function driverOptions({ address, connectTimeoutMs }: OpenOptions, ssl: ConnectionOptions['ssl']): ConnectionOptions {
  return {
    host: address.host,
    port: address.port,
    ...(address.socketPath === undefined ? {} : { socketPath: address.socketPath }),
    user: address.user,
    ...(address.password === undefined ? {} : { password: address.password }),
    database: address.database,
    charset: 'UTF8MB4_UNICODE_CI',
    flags: ['-FOUND_ROWS'],
    dateStrings: true,
    supportBigNumbers: true,
    timezone: 'Z',
    connectTimeout: connectTimeoutMs,
    enableKeepAlive: true,
    keepAliveInitialDelay: 10_000,
    ...(ssl === undefined ? {} : { ssl }),
  };
}

function tlsSettings(address: DatabaseAddress): NonNullable<ConnectionOptions['ssl']> {
  const verified = address.sslMode === 'VERIFY_CA' || address.sslMode === 'VERIFY_IDENTITY';
  if (address.sslMode === 'VERIFY_IDENTITY' && isIP(address.host) !== 0) {
    throw new TablepickError(
      'BAD_OPTION',
      `ssl-mode VERIFY_IDENTITY compares host names, but ${address.host} is an address`,
      { hint: "use the host name that the server's certificate carries, or ssl-mode VERIFY_CA" },
    );
  }
  return {
    rejectUnauthorized: verified,
    verifyIdentity: address.sslMode === 'VERIFY_IDENTITY',
    ...(address.sslCa === undefined ? {} : { ca: readNamedFile('ssl-ca', address.sslCa) }),
    ...(address.sslCert === undefined ? {} : { cert: readNamedFile('ssl-cert', address.sslCert) }),
    ...(address.sslKey === undefined ? {} : { key: readNamedFile('ssl-key', address.sslKey) }),
  };
}
