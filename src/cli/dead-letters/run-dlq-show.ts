import { readDeadLetter } from '../../messaging/index.js';
import type { CommandContext, OptionsOfCommand } from '../command.js';
import { describeDeadLetterInFull } from './describe-dead-letters.js';
import { exitCodes } from '../exit-codes.js';
import { findOwner } from './find-owner.js';
import { withServices } from '../connections/with-services.js';
import type { dlqShowCommand } from './dlq-show-command.js';

type Options = OptionsOfCommand<typeof dlqShowCommand>;

/** `tablepick dlq show` */
export async function runDlqShow(context: CommandContext, options: Options, id: number): Promise<number> {
  return withServices(context, { ...options, poolSize: 1 }, async (services) => {
    const { service, database } = await findOwner(services, [id]);
    const letter = { service, ...(await readDeadLetter(database, id)) };
    context.output.result(letter, () => describeDeadLetterInFull(letter));
    return exitCodes.done;
  });
}
