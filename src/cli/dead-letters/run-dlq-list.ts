import { type DeadLetterState, listDeadLetters } from '../../messaging/index.js';
import type { CommandContext, OptionsOfCommand } from '../command.js';
import { filterOf } from './dead-letter-options.js';
import { type ServiceDeadLetter, describeDeadLetters } from './describe-dead-letters.js';
import { exitCodes } from '../exit-codes.js';
import { formatCount } from '../output/format.js';
import { type Service, withServices } from '../connections/with-services.js';
import type { dlqListCommand } from './dlq-list-command.js';

type Options = OptionsOfCommand<typeof dlqListCommand>;

/** `tablepick dlq list` */
export async function runDlqList(context: CommandContext, options: Options): Promise<number> {
  return withServices(context, { ...options, poolSize: 2 }, async (services) => {
    const found = await Promise.all(services.map((service) => deadLettersOf(service, options)));
    const letters = found.flatMap((each) => each.letters);
    const isMore = found.some((each) => each.isMore);
    context.output.result({ letters, more: isMore }, () => describe(letters, isMore, options));
    return exitCodes.done;
  });
}

async function deadLettersOf(
  { service, database }: Service,
  options: Options,
): Promise<{ letters: ServiceDeadLetter[]; isMore: boolean }> {
  const { state, limit } = options;
  const wanted = state === 'all' ? undefined : (state.toUpperCase() as DeadLetterState);
  const rows = await listDeadLetters(database, { ...filterOf(options), state: wanted, limit: limit + 1 });
  return { letters: rows.slice(0, limit).map((row) => ({ service, ...row })), isMore: rows.length > limit };
}

function describe(letters: readonly ServiceDeadLetter[], isMore: boolean, { state, limit }: Options): string[] {
  if (letters.length === 0) return [state === 'all' ? 'no dead letters' : `no letters that are ${state} and fit`];
  const more = isMore ? [`the first ${formatCount(limit)} of each service; --limit lists more`] : [];
  return [...describeDeadLetters(letters), ...more];
}
