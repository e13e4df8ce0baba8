import type { RequestListener, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';

/** Most requests of one connection whose answers have not been written. */
const MOST_PIPELINED = 20;

/** When several requests of a connection are under way and nothing moves on it for this time, it is cut. */
const SILENT_TIMEOUT_MS = 60_000;

/** A member of the socket, because a WeakMap would cost the more the more connections there are. */
const UNDER_WAY = Symbol('requests under way');

interface CountedSocket extends Socket {
  [UNDER_WAY]?: number;
}

/**
 * A listener that cuts a connection on which too many requests wait for their answers. Node answers all that a client
 * sends in one go, and keeps the answers until the client reads them.
 */
export function limitPipelining(listener: RequestListener): RequestListener {
  return (request, response) => {
    const socket: CountedSocket = request.socket;
    // What arrived in one go is parsed to its end, also when the connection is cut meanwhile.
    if (socket.destroyed) return;
    const count = (socket[UNDER_WAY] ?? 0) + 1;
    if (count > MOST_PIPELINED) return void socket.destroy();
    if (count > 1) socket.setTimeout(SILENT_TIMEOUT_MS);
    socket[UNDER_WAY] = count;
    response.on('finish', answered);
    listener(request, response);
  };
}

function answered(this: ServerResponse): void {
  const socket: CountedSocket = this.req.socket;
  socket[UNDER_WAY] -= 1;
}
