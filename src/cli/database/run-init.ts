import {
  type Database,
  type MigrationReport,
  type SchemaOwner,
  connect,
  defaultNames,
  migrate,
  schemaSql,
} from '../../database/index.js';
import { closeAfter } from '../../closing.js';
import type { CommandContext, OptionsOfCommand } from '../command.js';
import { exitCodes } from '../exit-codes.js';
import { withConnection } from '../connections/with-connection.js';
import { withPaymentDatabase } from '../connections/with-payment-database.js';
import type { initCommand } from './init-command.js';

type Options = OptionsOfCommand<typeof initCommand>;

/** `tablepick init` */
export async function runInit(context: CommandContext, options: Options): Promise<number> {
  const owner: SchemaOwner = options.payment ? 'payment' : 'reservation';
  if (options.printSql) return printSchema(context, owner);
  return withConnection(context, { ...options, mustWrite: true }, async (found) => {
    if (owner === 'payment')
      return withPaymentDatabase({ found, options }, (database) => init(context, database, owner));
    const database = await connect(found.connection);
    return closeAfter(
      () => database.close(),
      () => init(context, database, owner),
    );
  });
}

async function init(context: CommandContext, database: Database, owner: SchemaOwner): Promise<number> {
  const report = await migrate(database, { owner });
  const { version } = database.server;
  context.output.result({ ...report, database: database.server.database, server: version }, () =>
    describe(report, `schema ${database.server.database} on ${version} is at ${report.current}`),
  );
  return exitCodes.done;
}

function describe({ applied, restored, found }: MigrationReport, state: string): string[] {
  return [
    ...found.map((table) => `found table ${table}: it fits, and was left as it is`),
    ...applied.map((name) => `applied ${name}`),
    ...restored.map((name) => `restored ${name}: tables of it were missing and are there again, empty`),
    state,
  ];
}

function printSchema(context: CommandContext, owner: SchemaOwner): number {
  const sql = schemaSql(defaultNames, owner);
  context.output.result({ sql }, () => sql.trimEnd());
  return exitCodes.done;
}
