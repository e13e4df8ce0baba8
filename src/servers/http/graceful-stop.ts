import { once } from 'node:events';
import type { Server } from 'node:http';
import type { Socket } from 'node:net';

/**
 * Watches a server's connections, and returns a function that stops the server. It takes no more connections, closes
 * those without a request under way, waits up to `graceMs` for the others, then cuts the rest. Node's own list of idle
 * connections leaves out those that have not sent a request yet.
 */
export function createGracefulStop(server: Server): (graceMs: number) => Promise<void> {
  const underWay = new Map<Socket, number>();
  let isStopping = false;
  const count = (socket: Socket, change: number) => {
    const before = underWay.get(socket);
    if (before === undefined) return;
    underWay.set(socket, before + change);
    if (isStopping && before + change === 0) socket.destroySoon();
  };
  server.on('connection', (socket: Socket) => {
    underWay.set(socket, 0);
    socket.once('close', () => underWay.delete(socket));
  });
  server.on('request', ({ socket }, response) => {
    count(socket, 1);
    response.once('close', () => count(socket, -1));
  });
  return async (graceMs) => {
    const closed = once(server, 'close');
    isStopping = true;
    server.close();
    for (const socket of underWay.keys()) count(socket, 0);
    const timer = setTimeout(() => server.closeAllConnections(), graceMs);
    await closed;
    clearTimeout(timer);
  };
}
