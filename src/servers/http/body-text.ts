import type { Readable } from 'node:stream';

import { HttpRefusal } from '../problems/http-refusal.js';

/** Most pieces of a body. A client that sends one byte in each piece costs more than what its bytes are worth. */
const MOST_PIECES = 1000;

/** So many pieces are joined: each takes some hundred bytes beside its own. */
const JOINED_PIECES = 64;

/**
 * Reads a body of at most `limit` bytes and {@link MOST_PIECES} pieces.
 *
 * @throws (to `done`) `HttpRefusal` of 413, or the error of `body`, with the status 400.
 */
export function readBodyText(body: Readable, limit: number, done: (error: Error | null, text?: string) => void): void {
  const pieces: Buffer[] = [];
  let [bytes, count] = [0, 0];
  const stop = (): void => void body.off('data', take).off('end', end).off('error', fail);
  const fail = (error: Error): void => {
    stop();
    done(Object.assign(error, { statusCode: 400 }));
  };
  const take = (piece: Buffer): void => {
    bytes += piece.length;
    count += 1;
    if (bytes > limit || count > MOST_PIECES) {
      stop();
      return done(tooLarge());
    }
    pieces.push(piece);
    if (pieces.length === JOINED_PIECES) pieces.splice(0, JOINED_PIECES, Buffer.concat(pieces));
  };
  const end = (): void => {
    stop();
    done(null, (pieces.length === 1 ? pieces[0]! : Buffer.concat(pieces)).toString('utf8'));
  };
  body.on('data', take).on('end', end).on('error', fail);
}

function tooLarge(): HttpRefusal {
  return new HttpRefusal('body-too-large', 413, {
    message: 'the body is longer than this server takes, or comes in too many pieces',
  });
}
