import { TablepickError } from '../errors.js';
import type { RedisArgument } from './redis.js';

/** One word of a sent command. */
export type RedisWord = string | Buffer;

/**
 * Turns a command into the words to send.
 *
 * @throws `BAD_OPTION` when it is empty or holds other values than text, numbers and bytes.
 */
export function toWords(args: readonly RedisArgument[]): RedisWord[] {
  if (args.length > 0)
    return args.map((argument, place) => toWord(argument, `word ${place + 1} of ${String(args[0])}`));
  throw new TablepickError('BAD_OPTION', 'a Redis command has a name at least');
}

function toWord(argument: unknown, place: string): RedisWord {
  if (typeof argument === 'string' || Buffer.isBuffer(argument)) return argument;
  if (typeof argument === 'number') return String(argument);
  throw new TablepickError('BAD_OPTION', `${place} is neither text nor number nor bytes`);
}
