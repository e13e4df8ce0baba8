import type { RequestListener } from 'node:http';
import type { Socket } from 'node:net';

/** Most requests of one connection whose answers have not been written. */
const MOST_PIPELINED = 20;

/**
 * A listener that cuts a connection on which too many requests wait for their answers. Node answers all that a client
 * sends in one go, and keeps the answers until the client reads them.
 */
export function limitPipelining(listener: RequestListener): RequestListener {
  const underWay = new WeakMap<Socket, number>();
  return (request, response) => {
    const { socket } = request;
    // What arrived in one go is parsed to its end, also when the connection is cut meanwhile.
    if (socket.destroyed) return;
    const count = (underWay.get(socket) ?? 0) + 1;
    if (count > MOST_PIPELINED) return void socket.destroy();
    underWay.set(socket, count);
    response.once('finish', () => underWay.set(socket, underWay.get(socket)! - 1));
    listener(request, response);
  };
}
