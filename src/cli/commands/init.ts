import { defaultNames, migrate, schemaSql } from '../../database/index.js';
import type { CommandContext } from '../command.js';
import { exitCodes } from '../exit-codes.js';
import type { ConnectionOptions } from '../options.js';
import { withDatabase } from '../with-database.js';

/** `tablepick init` */
export async function initSchema(
  context: CommandContext,
  options: ConnectionOptions & { printSql?: true },
): Promise<number> {
  if (options.printSql) return printSchema(context);
  return withDatabase(context, options, async ({ database }) => {
    const report = await migrate(database);
    const { version } = database.server;
    context.output.result({ ...report, database: database.server.database, server: version }, () => [
      ...report.applied.map((name) => `applied ${name}`),
      ...report.restored.map((name) => `restored ${name}: tables of it were missing and are there again, empty`),
      `schema ${database.server.database} on ${version} is at ${report.current}`,
    ]);
    return exitCodes.done;
  });
}

function printSchema(context: CommandContext): number {
  const sql = schemaSql(defaultNames);
  context.output.result({ sql }, () => sql.trimEnd());
  return exitCodes.done;
}
