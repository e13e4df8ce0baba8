import { StringDecoder } from 'node:string_decoder';
import type { Readable } from 'node:stream';

import { HttpRefusal } from '../problems/http-refusal.js';

/** Most pieces of a body. A client that sends one byte in each piece costs more than what its bytes are worth. */
const MOST_PIECES = 1000;

/**
 * Reads a body of at most `limit` bytes and {@link MOST_PIECES} pieces. It keeps text, because each piece is a view of
 * the 64 KiB that were read from the connection.
 *
 * @throws (to `done`) `HttpRefusal` of 413, or the error of `body`, with the status 400.
 */
export function readBodyText(body: Readable, limit: number, done: (error: Error | null, text?: string) => void): void {
  const decoder = new StringDecoder('utf8');
  let [text, bytes, pieces] = ['', 0, 0];
  const stop = (error: Error | null): void => {
    body.off('data', take).off('end', end).off('error', fail);
    done(error, text);
  };
  const take = (piece: Buffer): void => {
    bytes += piece.length;
    pieces += 1;
    if (bytes > limit || pieces > MOST_PIECES) return stop(tooLarge());
    text += decoder.write(piece);
  };
  const end = (): void => {
    text += decoder.end();
    stop(null);
  };
  const fail = (error: Error): void => stop(Object.assign(error, { statusCode: 400 }));
  body.on('data', take).on('end', end).on('error', fail);
}

function tooLarge(): HttpRefusal {
  return new HttpRefusal('body-too-large', 413, {
    message: 'the body is longer than this server takes, or comes in too many pieces',
  });
}
