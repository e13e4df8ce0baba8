import { type DeadLetterState, listDeadLetters } from '../../messaging/index.js';
import type { CommandContext } from '../command.js';
import { type LetterFilterOptions, filterOf } from './dead-letter-options.js';
import { type ServiceLetter, describeLetters } from './describe-dead-letters.js';
import { exitCodes } from '../exit-codes.js';
import { formatCount } from '../output/format.js';
import { type Service, type ServiceOptions, withServices } from '../connections/with-services.js';

interface ListOptions extends ServiceOptions, LetterFilterOptions {
  state: Lowercase<DeadLetterState> | 'all';
  limit: number;
}

/** `tablepick dlq list` */
export async function listLettersCommand(context: CommandContext, options: ListOptions): Promise<number> {
  return withServices(context, { ...options, poolSize: 2 }, async (services) => {
    const found = await Promise.all(services.map((service) => lettersOf(service, options)));
    const letters = found.flatMap((each) => each.letters);
    const isMore = found.some((each) => each.isMore);
    context.output.result({ letters, more: isMore }, () => describe(letters, isMore, options));
    return exitCodes.done;
  });
}

async function lettersOf(
  { service, database }: Service,
  options: ListOptions,
): Promise<{ letters: ServiceLetter[]; isMore: boolean }> {
  const { state, limit } = options;
  const wanted = state === 'all' ? undefined : (state.toUpperCase() as DeadLetterState);
  const rows = await listDeadLetters(database, { ...filterOf(options), state: wanted, limit: limit + 1 });
  return { letters: rows.slice(0, limit).map((row) => ({ service, ...row })), isMore: rows.length > limit };
}

function describe(letters: readonly ServiceLetter[], isMore: boolean, { state, limit }: ListOptions): string[] {
  if (letters.length === 0) return [state === 'all' ? 'no dead letters' : `no letters that are ${state} and fit`];
  const more = isMore ? [`the first ${formatCount(limit)} of each service; --limit lists more`] : [];
  return [...describeLetters(letters), ...more];
}
