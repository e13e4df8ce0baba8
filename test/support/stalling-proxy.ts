import { once } from 'node:events';
import { type AddressInfo, type Socket, connect, createServer } from 'node:net';

/** A TCP proxy that can stop its clients without telling them: connections stay open, and nothing goes through. */
export interface StallingProxy {
  /** The URL of the Redis, with its password but with the proxy's port. */
  url: string;
  stall(): void;
  /** Data that was sent meanwhile arrives. */
  goOn(): void;
  close(): Promise<void>;
}

/** Starts a proxy in front of the Redis at `url`. */
export async function startStallingProxy(url: string): Promise<StallingProxy> {
  const { hostname: host, port } = new URL(url);
  const sockets = new Set<Socket>();
  let stalled = false;
  const server = createServer((client) => {
    const target = connect({ host, port: Number(port) });
    for (const [from, to] of [
      [client, target],
      [target, client],
    ] as const) {
      sockets.add(from);
      from.on('data', (bytes) => void to.write(bytes));
      from.on('error', () => {});
      from.on('close', () => (sockets.delete(from), to.destroy()));
      if (stalled) from.pause();
    }
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    url: behindProxy(url, (server.address() as AddressInfo).port),
    stall: () => ((stalled = true), sockets.forEach((socket) => socket.pause())),
    goOn: () => ((stalled = false), sockets.forEach((socket) => socket.resume())),
    close: async () => {
      for (const socket of sockets) socket.destroy();
      await new Promise<void>((resolve) => server.close(() => resolve()));
    },
  };
}

function behindProxy(url: string, port: number): string {
  const address = new URL(url);
  [address.hostname, address.port] = ['127.0.0.1', String(port)];
  return address.href;
}
