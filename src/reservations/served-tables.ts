import { type Database, requireFit } from '../database/index.js';

/** The tables that reservations live in. */
export const RESERVATION_TABLES: readonly string[] = ['slot', 'reservation', 'restaurant'];

/** Refuses tables on which no promise could be kept; once they were found to fit the database is not asked again. */
export class ServedTables {
  readonly #database: Database;
  #looking: Promise<unknown> | undefined;

  constructor(database: Database) {
    this.#database = database;
  }

  /** @throws `TABLE_UNFIT`, `MISSING_TABLE`, or what kept the database from telling: then the next call asks again. */
  async requireFit(): Promise<void> {
    this.#looking ??= requireFit(this.#database, { tables: RESERVATION_TABLES });
    try {
      await this.#looking;
    } catch (error) {
      this.#looking = undefined;
      throw error;
    }
  }
}
