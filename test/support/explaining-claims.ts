import type { Database, SqlValue, Transaction } from 'tablepick/database';

import type { TestServer } from './servers.js';

/** A database that keeps the server's plan of each statement that claims rows of the outbox. */
export function explainingClaims(
  database: Database,
  engine: TestServer['name'],
): { watched: Database; plans: Record<string, unknown>[][] } {
  const explain = engine === 'mysql' ? 'EXPLAIN FORMAT=TRADITIONAL' : 'EXPLAIN';
  const plans: Record<string, unknown>[][] = [];
  const explaining = (tx: Transaction): Transaction => ({
    ...tx,
    query: async <Row extends object>(sql: string, values?: readonly SqlValue[]) => {
      if (/\bo\.seq\b/.test(sql)) plans.push(await tx.query(`${explain} ${sql}`, values));
      return tx.query<Row>(sql, values);
    },
  });
  const transaction: Database['transaction'] = (work, options) =>
    database.transaction((tx) => work(explaining(tx)), options);
  return { watched: { ...database, transaction }, plans };
}
