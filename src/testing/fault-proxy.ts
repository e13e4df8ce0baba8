import { once } from 'node:events';
import { connect, createServer, type AddressInfo, type Server, type Socket } from 'node:net';

/** Settings of {@link startFaultProxy}. */
export interface FaultProxyOptions {
  /** Where the real server listens. */
  target: { host: string; port: number };
}

/** A TCP proxy in front of a MySQL or MariaDB server that breaks connections on request. It reads the plain protocol: connect without TLS. */
export interface FaultProxy {
  /** Listens here, on 127.0.0.1. */
  readonly port: number;
  /** Cuts every connection that is open now. */
  sever(): void;
  /** From now on cuts every new connection at once, or no longer does. */
  refuseNew(refuse: boolean): void;
  /**
   * Cuts the connection that sends the next COMMIT: `before` the server gets it, or `after` the server answered it. The client sees the same both times.
   * `skip` (default 0) COMMITs are let through before that one. Resolves once it happened.
   */
  loseNextCommit(when: 'before' | 'after', skip?: number): Promise<void>;
  /** Cuts everything and stops listening. */
  close(): Promise<void>;
}

interface Trap {
  when: 'before' | 'after';
  /** COMMITs still to be let through. */
  skip: number;
  sprung: () => void;
}

/** Packets up to this size are held until complete, so that a COMMIT is seen whole; longer ones are passed on as they come. */
const SMALL_PACKET_BYTES = 64;

const COM_QUERY = 3;

/** Starts a {@link FaultProxy} on a free loopback port. */
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
  return {
    port: (server.address() as AddressInfo).port,
    sever,
    refuseNew: (refuse) => void (refusing = refuse),
    loseNextCommit: (when, skip = 0) => new Promise((sprung) => traps.push({ when, skip, sprung })),
    close: () => (sever(), closeServer(server)),
  };
}

/** One client's connection and the one made to the server for it. */
class Link {
  readonly #client: Socket;
  readonly #server: Socket;
  readonly #traps: Trap[];
  #swallowing: Trap | undefined;

  constructor(client: Socket, server: Socket, traps: Trap[]) {
    this.#client = client;
    this.#server = server;
    this.#traps = traps;
    for (const socket of [client, server]) {
      socket.setNoDelay(true);
      socket.on('error', () => this.cut());
      socket.on('close', () => this.cut());
    }
    const passPackets = createPacketGate((bytes) => this.#toServer(bytes));
    client.on('data', passPackets);
    server.on('data', (bytes) => this.#toClient(bytes));
  }

  /** Cuts both sides. */
  cut(): void {
    this.#client.destroy();
    this.#server.destroy();
  }

  #toServer(bytes: Buffer): void {
    const trap = isCommit(bytes) ? takeTrap(this.#traps) : undefined;
    if (trap?.when === 'before') return this.#spring(trap);
    this.#swallowing = trap;
    return passOn({ bytes, from: this.#client, to: this.#server });
  }

  #toClient(bytes: Buffer): void {
    if (this.#swallowing !== undefined) return this.#spring(this.#swallowing);
    return passOn({ bytes, from: this.#server, to: this.#client });
  }

  #spring(trap: Trap): void {
    this.cut();
    trap.sprung();
  }
}

function takeTrap(traps: Trap[]): Trap | undefined {
  const [next] = traps;
  if (next === undefined || next.skip === 0) return traps.shift();
  next.skip -= 1;
  return undefined;
}

function passOn({ bytes, from, to }: { bytes: Buffer; from: Socket; to: Socket }): void {
  if (to.destroyed || to.write(bytes)) return;
  from.pause();
  to.once('drain', () => from.resume());
}

/**
 * Cuts a stream of bytes at packet boundaries: small packets come out whole, big ones in whatever pieces they arrive.
 *
 * @source MySQL Internals, "Protocol Basics": three bytes of length, little endian, one of sequence, then the payload.
 */
function createPacketGate(pass: (bytes: Buffer) => void): (chunk: Buffer) => void {
  let held: Buffer = Buffer.alloc(0);
  let leftOfBig = 0;

  function takePiece(bytes: Buffer): number {
    if (leftOfBig > 0) return Math.min(leftOfBig, bytes.length);
    const size = bytes.length < 4 ? Infinity : 4 + bytes.readUIntLE(0, 3);
    if (size > SMALL_PACKET_BYTES && bytes.length >= 4) leftOfBig = size;
    if (leftOfBig > 0) return Math.min(leftOfBig, bytes.length);
    return bytes.length < size ? 0 : size;
  }

  return (chunk) => {
    held = Buffer.concat([held, chunk]);
    for (let size = takePiece(held); size > 0 && held.length > 0; size = takePiece(held)) {
      leftOfBig = Math.max(0, leftOfBig - size);
      pass(held.subarray(0, size));
      held = held.subarray(size);
    }
  };
}

/** A command begins with sequence 0; servers that take query attributes get a few bytes before the text. */
function isCommit(packet: Buffer): boolean {
  return (
    packet.length <= SMALL_PACKET_BYTES &&
    packet[3] === 0 &&
    packet[4] === COM_QUERY &&
    /^..?.?COMMIT$/is.test(packet.toString('latin1', 4))
  );
}

async function closeServer(server: Server): Promise<void> {
  await new Promise<void>((resolve) => server.close(() => resolve()));
}
