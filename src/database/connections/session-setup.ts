import type { Session } from '../database.js';
import { isUnknownVariable } from '../mysql-errors.js';
import { placeholders } from '../placeholders.js';
import { SET_BEFORE_LOOKING, refuseUnfit, requiredSettings, sessionSettings, setSession } from './session-settings.js';

const NAMES = [...sessionSettings, ...requiredSettings].map(({ name }) => name);
const SHOW_KNOWN = `SHOW SESSION VARIABLES WHERE Variable_name IN ${placeholders(NAMES)}`;

type Speaker = Pick<Session, 'query' | 'execute'>;

/**
 * Sets the session variables that tablepick's statements need, on all connections to one server. After the server's
 * variables are known, it takes one statement.
 */
export class SessionSetup {
  #statement: string | undefined;

  /** @throws `SERVER_UNFIT` when a required variable has another value; any error of the server. */
  async apply(session: Speaker): Promise<void> {
    const known = this.#statement;
    try {
      await session.execute(known ?? (await this.#look(session)));
    } catch (error) {
      // The address leads to another server version now.
      if (known === undefined || !isUnknownVariable(error)) throw error;
      await session.execute(await this.#look(session));
    }
  }

  async #look(session: Speaker): Promise<string> {
    await session.execute(SET_BEFORE_LOOKING);
    const rows = await session.query<{ Variable_name: string; Value: string }>(SHOW_KNOWN, NAMES);
    const shown = new Map(rows.map((row) => [row.Variable_name, row.Value]));
    refuseUnfit(shown);
    return (this.#statement = setSession(new Set(shown.keys())));
  }
}
