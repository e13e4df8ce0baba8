import { describe, expect, it } from 'vitest';

import mysql from 'mysql2/promise';

import { createTestDatabase, testServers, withConnection, withTestDatabase } from './support/servers.js';

describe.each(testServers())('the test ground on $name', (server) => {
  it('is the engine it says it is', async () => {
    const [rows] = await withConnection(server.url, (connection) =>
      connection.query<(mysql.RowDataPacket & { version: string })[]>('SELECT VERSION() AS version'),
    );
    expect(/mariadb/i.test(rows[0]?.version ?? '')).toBe(server.name === 'mariadb');
  });

  it('gives every test an empty schema and takes it away again', async () => {
    const name = await withTestDatabase(server, async (database) => {
      const [tables] = await withConnection(database.url, (connection) => connection.query('SHOW TABLES'));
      expect(tables).toEqual([]);
      return database.name;
    });
    const [schemas] = await withConnection(server.url, (connection) =>
      connection.query('SHOW DATABASES LIKE ?', [name]),
    );
    expect(schemas).toEqual([]);
  });

  it('fails a test that leaves a connection open', async () => {
    const database = await createTestDatabase(server);
    const forgotten = await mysql.createConnection(database.url);
    forgotten.on('error', () => {});
    await expect(database.drop()).rejects.toThrow(/1 connections to tp_test_\w+ left open/);
    forgotten.destroy();
  });
});
