import type { IncomingMessage } from 'node:http';

import { TablepickError } from '../errors.js';
import { HttpRefusal } from './error-status.js';

/** How much of a too long body is still read, so that its sender gets the reason of the refusal. */
const DISCARDED_BYTES = 1024 * 1024;

/**
 * The whole body of a request, as it was sent.
 *
 * @throws `MESSAGE_TOO_LARGE` when it is longer than `mostBytes`; `HttpRefusal` of 400 when the client hung up before
 * its end.
 */
export async function readBody(request: IncomingMessage, mostBytes: number): Promise<string> {
  const body = await readUpTo(request, mostBytes).catch(() => {
    throw new HttpRefusal(400, 'the client hung up before its request was whole');
  });
  if (body !== undefined) return body.toString('utf8');
  throw new TablepickError('MESSAGE_TOO_LARGE', `the body of the request is longer than ${mostBytes} bytes`);
}

async function readUpTo(request: IncomingMessage, mostBytes: number): Promise<Buffer | undefined> {
  const kept: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of request.iterator({ destroyOnReturn: false })) {
    bytes += (chunk as Buffer).length;
    if (bytes <= mostBytes) kept.push(chunk as Buffer);
    if (bytes > mostBytes + DISCARDED_BYTES) break;
  }
  return bytes <= mostBytes ? Buffer.concat(kept) : undefined;
}
