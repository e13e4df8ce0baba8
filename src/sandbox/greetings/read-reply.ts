import { createConnection } from 'node:net';

import type { ServerAddress } from '../engines/engine.js';

/** What is said to a server and how much of its answer is waited for. */
export interface ReplyOptions {
  timeoutMs: number;
  /** Sent first; without it the server is the one to begin. */
  send?: string | Buffer;
  /** True once nothing more is needed; without it the answer ends when the server hangs up. */
  isWhole?: (received: Buffer) => boolean;
}

/** What the server at `address` says; undefined when nobody listens or the answer is not whole within `timeoutMs`. */
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
