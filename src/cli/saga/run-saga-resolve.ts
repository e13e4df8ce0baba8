import { resolveSaga } from '../../saga/index.js';
import type { CommandContext, OptionsOfCommand } from '../command.js';
import { withDatabase } from '../connections/with-database.js';
import { exitCodes } from '../exit-codes.js';
import { operationOf } from './operation-of.js';
import type { sagaResolveCommand } from './saga-resolve-command.js';

type Options = OptionsOfCommand<typeof sagaResolveCommand>;

/** `tablepick saga resolve` */
export async function runSagaResolve(
  context: CommandContext,
  options: Options,
  reservationId: number,
): Promise<number> {
  return withDatabase(context, { ...options, mustWrite: true }, async ({ database }) => {
    await resolveSaga(database, operationOf(reservationId, options));
    context.output.result({ reservationId }, () => `the saga of reservation ${reservationId} is resolved`);
    return exitCodes.done;
  });
}
