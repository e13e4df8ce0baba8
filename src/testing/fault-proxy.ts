import { once } from 'node:events';
import { connect, createServer, type AddressInfo, type Server, type Socket } from 'node:net';

import { createPacketGate, type Piece } from './packet-gate.js';
import { type Trap, errorPacket, statementOf, takeTrap } from './statement-trap.js';

/** Settings of {@link startFaultProxy}. */
export interface FaultProxyOptions {
  /** The address of the real server. */
  target: { host: string; port: number };
}

/** When a COMMIT is lost, as {@link FaultProxy.loseNextCommit} says. */
export type LostCommit = 'before' | 'after' | 'late' | 'silent';

/**
 * A TCP proxy in front of a MySQL or MariaDB server that breaks connections on request. It reads the plain protocol:
 * connect without TLS.
 */
export interface FaultProxy extends AsyncDisposable {
  /** The proxy listens on this port of 127.0.0.1. */
  readonly port: number;
  /** Cuts every connection that is open now. */
  sever(): void;
  /** From now on cuts every new connection at once; with `false`, no longer. */
  refuseNew(refuse: boolean): void;
  /**
   * Cuts the connection that sends the next COMMIT. `before`: the server does not get the COMMIT. `after`: the server
   * has answered it. `late`: the client is cut off at once, and the server gets the COMMIT half a second later. The
   * client sees the same each time. `silent` cuts nothing: the server gets the COMMIT, and the client receives nothing
   * more. `skip` (default 0) COMMITs pass before that one. Resolves when it has happened.
   * COMMITs are let through before that one. Resolves once it happened.
   */
  loseNextCommit(when: LostCommit, skip?: number): Promise<void>;
  /**
   * Cuts the connection that sends the next statement whose first 1,000 bytes fit `matching`, `before` the server gets
   * it or `after` it answered. `skip` (default 0) of them pass before that one. Resolves when it has happened.
   */
  cutNext(matching: RegExp, when: 'before' | 'after', skip?: number): Promise<void>;
  /**
   * Answers the next statement whose first 1,000 bytes fit `matching` with the server error `errno`. The server never
   * gets the statement, so its transaction stays open, as it does after an error of one statement. `skip` (default 0)
   * of them pass before that one. Resolves when it has happened.
   */
  failNext(errno: number, matching: RegExp, skip?: number): Promise<void>;
  /** Cuts everything and stops listening. */
  close(): Promise<void>;
}

const LATE_MS = 500;

/**
 * Starts a {@link FaultProxy} on a free loopback port.
 *
 * @example
 * const proxy = await startFaultProxy({ target: { host: '127.0.0.1', port: 3306 } });
 * const database = await connect({ url: `mysql://root@127.0.0.1:${proxy.port}/booking` });
 */
export async function startFaultProxy({ target }: FaultProxyOptions): Promise<FaultProxy> {
  const links = new Set<Link>();
  const traps: Trap[] = [];
  let refusing = false;
  const server = createServer((client) => {
    if (refusing) return client.destroy();
    const link = new Link(client, connect(target), traps);
    links.add(link);
    return client.once('close', () => links.delete(link));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const sever = () => links.forEach((link) => link.cut());
  let closed: Promise<void> | undefined;
  const close = (): Promise<void> => {
    sever();
    return (closed ??= closeServer(server));
  };
  const set = (trap: Omit<Trap, 'sprung'>) => new Promise<void>((sprung) => traps.push({ ...trap, sprung }));
  return {
    port: (server.address() as AddressInfo).port,
    sever,
    refuseNew: (refuse) => void (refusing = refuse),
    loseNextCommit: (when, skip = 0) => set({ matching: /^COMMIT$/i, act: when, skip }),
    cutNext: (matching, when, skip = 0) => set({ matching, act: when, skip }),
    failNext: (errno, matching, skip = 0) => set({ matching, act: errno, skip }),
    close,
    [Symbol.asyncDispose]: close,
  };
}

/** One client's connection, and the connection to the server for it. */
class Link {
  readonly #client: Socket;
  readonly #server: Socket;
  readonly #traps: Trap[];
  /** When the server has answered, this trap cuts the connection. */
  #swallowing: Trap | undefined;
  /** True while the rest of a packet is dropped, so that the server does not get it. */
  #discarding = false;
  /** True when the client must receive nothing more. */
  #isSilent = false;
  /** True when the client is gone and the server must still get a statement. */
  #isLate = false;

  constructor(client: Socket, server: Socket, traps: Trap[]) {
    this.#client = client;
    this.#server = server;
    this.#traps = traps;
    for (const socket of [client, server]) {
      socket.setNoDelay(true);
      socket.on('error', () => this.cut());
      socket.on('close', () => this.cut());
    }
    const passPackets = createPacketGate((piece) => this.#toServer(piece));
    client.on('data', passPackets);
    server.on('data', (bytes) => this.#toClient(bytes));
  }

  /** Cuts both sides, except for a statement that is on its way to the server. */
  cut(): void {
    if (this.#isLate) return;
    this.#client.destroy();
    this.#server.destroy();
  }

  #toServer({ bytes, isFirst }: Piece): void {
    if (isFirst) this.#discarding = false;
    const trap = isFirst ? takeTrap(this.#traps, statementOf(bytes)) : undefined;
    if (trap === undefined) return this.#pass(bytes);
    if (typeof trap.act === 'number') return this.#answer(trap.act, trap);
    if (trap.act === 'before') return this.#spring(trap);
    if (trap.act === 'late') return this.#passLate(bytes, trap);
    if (trap.act === 'silent') this.#fallSilent(trap);
    else this.#swallowing = trap;
    return this.#pass(bytes);
  }

  #pass(bytes: Buffer): void {
    if (!this.#discarding) passOn({ bytes, from: this.#client, to: this.#server });
  }

  #answer(errno: number, trap: Trap): void {
    this.#discarding = true;
    this.#client.write(errorPacket(errno));
    trap.sprung();
  }

  #toClient(bytes: Buffer): void {
    if (this.#isSilent) return;
    if (this.#swallowing !== undefined) return this.#spring(this.#swallowing);
    passOn({ bytes, from: this.#server, to: this.#client });
  }

  #fallSilent(trap: Trap): void {
    this.#isSilent = true;
    trap.sprung();
  }

  #passLate(bytes: Buffer, trap: Trap): void {
    this.#isLate = true;
    this.#client.destroy();
    trap.sprung();
    setTimeout(() => {
      this.#isLate = false;
      this.#server.end(bytes);
    }, LATE_MS);
  }

  #spring(trap: Trap): void {
    this.cut();
    trap.sprung();
  }
}

function passOn({ bytes, from, to }: { bytes: Buffer; from: Socket; to: Socket }): void {
  if (to.destroyed || to.write(bytes)) return;
  from.pause();
  to.once('drain', () => from.resume());
}

async function closeServer(server: Server): Promise<void> {
  await new Promise<void>((resolve) => server.close(() => resolve()));
}
