import { createConnection } from 'node:net';

import type { ServerAddress } from '../engines/engine.js';

/** Settings of {@link readReply}. */
export interface ReplyOptions {
  timeoutMs: number;
  /** Sent first. Without it, the server begins. */
  send?: string | Buffer;
  /** Returns true when the answer is complete. Without it, the answer ends when the server closes the connection. */
  isWhole?: (received: Buffer) => boolean;
}

/**
 * The answer of the server at `address`. Undefined when nobody listens or the answer is not complete within
 * `timeoutMs`.
 */
export function readReply(address: ServerAddress, options: ReplyOptions): Promise<Buffer | undefined> {
  const { timeoutMs, send, isWhole } = options;
  return new Promise((resolve) => {
    let received = Buffer.alloc(0);
    const socket = createConnection(address);
    const finish = (reply: Buffer | undefined) => {
      clearTimeout(timer);
      socket.destroy();
      resolve(reply);
    };
    const timer = setTimeout(finish, timeoutMs, undefined);
    socket.on('error', () => finish(undefined));
    socket.on('close', () => finish(isWhole === undefined ? received : undefined));
    socket.on('data', (part) => {
      received = Buffer.concat([received, part]);
      if (isWhole?.(received)) finish(received);
    });
    if (send !== undefined) socket.write(send);
  });
}
