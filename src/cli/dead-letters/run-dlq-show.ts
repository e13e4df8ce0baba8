import { readDeadLetter } from '../../messaging/index.js';
import type { CommandContext } from '../command.js';
import { describeWholeLetter } from './describe-dead-letters.js';
import { exitCodes } from '../exit-codes.js';
import { findOwner } from './find-owner.js';
import { type ServiceOptions, withServices } from '../connections/with-services.js';

/** `tablepick dlq show` */
export async function showLetterCommand(context: CommandContext, id: number, options: ServiceOptions): Promise<number> {
  return withServices(context, { ...options, poolSize: 1 }, async (services) => {
    const { service, database } = await findOwner(services, [id]);
    const letter = { service, ...(await readDeadLetter(database, id)) };
    context.output.result(letter, () => describeWholeLetter(letter));
    return exitCodes.done;
  });
}
