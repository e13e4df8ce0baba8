import { retrySaga } from '../../saga/index.js';
import type { CommandContext, OptionsOfCommand } from '../command.js';
import { withDatabase } from '../connections/with-database.js';
import { exitCodes } from '../exit-codes.js';
import { operationOf } from './operation-of.js';
import type { sagaRetryCommand } from './saga-retry-command.js';

type Options = OptionsOfCommand<typeof sagaRetryCommand>;

/** `tablepick saga retry` */
export async function runSagaRetry(context: CommandContext, options: Options, reservationId: number): Promise<number> {
  return withDatabase(context, { ...options, mustWrite: true }, async ({ database }) => {
    await retrySaga(database, operationOf(reservationId, options));
    context.output.result({ reservationId }, () => [
      `the refund of reservation ${reservationId} is asked for again`,
      'it goes out with the next relay: tablepick serve, or tablepick outbox relay --once',
    ]);
    return exitCodes.done;
  });
}
