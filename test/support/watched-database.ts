import type { Database } from 'tablepick/database';

/** A database that counts its transactions and queries. Reads for a flag are not counted. */
export function counting(database: Database): { database: Database; calls: () => number } {
  let calls = 0;
  const transaction: Database['transaction'] = (...given) => ((calls += 1), database.transaction(...given));
  const query: Database['query'] = (...given) => ((calls += 1), database.query(...given));
  return { database: { ...database, transaction, query }, calls: () => calls };
}

/** A database whose sessions hold back their results until the gate is opened. */
export function gatedReads(database: Database): {
  database: Database;
  /** Resolves when something was read. */
  read: Promise<void>;
  open: () => void;
} {
  const [opened, read] = [signal(), signal()];
  const session: Database['session'] = async (work, options) => {
    const result = await database.session(work, options);
    read.fire();
    await opened.fired;
    return result;
  };
  return { database: { ...database, session }, read: read.fired, open: opened.fire };
}

/** A database whose transactions wait at their first statement until the gate is opened. */
export function gatedTransactions(database: Database): {
  database: Database;
  /** Resolves when a transaction waits. */
  reached: Promise<void>;
  open: () => void;
  /** How many transactions were begun. */
  transactions: () => number;
} {
  const [opened, reached] = [signal(), signal()];
  let transactions = 0;
  const transaction: Database['transaction'] = (work, options) => {
    transactions += 1;
    return database.transaction((tx) => {
      const execute: typeof tx.execute = async (...statement) => {
        reached.fire();
        await opened.fired;
        return tx.execute(...statement);
      };
      return work({ ...tx, execute });
    }, options);
  };
  const gated = { ...database, transaction };
  return { database: gated, reached: reached.fired, open: opened.fire, transactions: () => transactions };
}

/** A promise to wait for, and the function that resolves it. */
export function signal(): { fire: () => void; fired: Promise<void> } {
  let fire = (): void => {};
  const fired = new Promise<void>((resolve) => (fire = resolve));
  return { fire, fired };
}

/** A database that counts its transactions, and the statements in them. Statements outside are not counted. */
export function countingStatements(database: Database): {
  database: Database;
  /** What was counted since it was asked last. */
  take: () => { transactions: number; statements: number };
} {
  let counted = { transactions: 0, statements: 0 };
  const transaction: Database['transaction'] = (work, options) =>
    database.transaction((tx) => {
      counted.transactions += 1;
      const query: typeof tx.query = (...given) => ((counted.statements += 1), tx.query(...given));
      const execute: typeof tx.execute = (...given) => ((counted.statements += 1), tx.execute(...given));
      return work({ ...tx, query, execute });
    }, options);
  const take = () => {
    const taken = counted;
    counted = { transactions: 0, statements: 0 };
    return taken;
  };
  return { database: { ...database, transaction }, take };
}
