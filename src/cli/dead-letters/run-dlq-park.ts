import { parkDeadLetters } from '../../messaging/index.js';
import type { CommandContext, OptionsOfCommand } from '../command.js';
import { exitCodes } from '../exit-codes.js';
import { formatQuantity } from '../output/format.js';
import { findOwner } from './find-owner.js';
import { withServices } from '../connections/with-services.js';
import type { dlqParkCommand } from './dlq-park-command.js';

type Options = OptionsOfCommand<typeof dlqParkCommand>;

/** `tablepick dlq park` */
export async function runDlqPark(
  context: CommandContext,
  { note, ...options }: Options,
  ids: readonly number[],
): Promise<number> {
  return withServices(context, { ...options, poolSize: 1, mustWrite: true }, async (services) => {
    const { service, database } = await findOwner(services, ids);
    const result = await parkDeadLetters(database, { ids }, { note });
    const skipped = result.skipped > 0 ? `, ${result.skipped} not dead any more` : '';
    context.output.result({ service, ...result }, () => [
      `${service}: ${formatQuantity(result.parked, 'letter')} parked${skipped}`,
    ]);
    return exitCodes.done;
  });
}
