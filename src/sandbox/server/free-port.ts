import { createServer, type AddressInfo } from 'node:net';

/** A free loopback port. When `preferred` is free, it is used, so that the address stays the same at each start. */
export async function findFreePort(preferred: number | undefined): Promise<number> {
  const kept = preferred === undefined ? undefined : await tryPort(preferred);
  return kept ?? (await anyPort());
}

/** A free loopback port other than `port`. */
export async function findFreePortBeside(port: number): Promise<number> {
  for (;;) {
    const found = await anyPort();
    if (found !== port) return found;
  }
}

async function anyPort(): Promise<number> {
  return (await tryPort(0)) ?? Promise.reject(new Error('no free port on 127.0.0.1'));
}

function tryPort(port: number): Promise<number | undefined> {
  return new Promise((resolve) => {
    const server = createServer();
    server.on('error', () => resolve(undefined));
    server.listen({ port, host: '127.0.0.1', exclusive: true }, () => {
      const taken = (server.address() as AddressInfo).port;
      server.close(() => resolve(taken));
    });
  });
}
