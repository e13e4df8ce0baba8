const COM_QUERY = 3;

/** Waits for a statement, then acts on it. */
export interface Trap {
  matching: RegExp;
  /** Number of fitting statements that may still pass. */
  skip: number;
  /**
   * Cut the connection before the server gets the statement, after it answered or while the statement is on its way;
   * send nothing more to the client; or answer with an error of this number.
   */
  act: 'before' | 'after' | 'late' | 'silent' | number;
  sprung: () => void;
}

/**
 * Takes the first trap that fits the statement out of `traps`. When that trap lets the statement pass, it takes none.
 */
export function takeTrap(traps: Trap[], statement: string | undefined): Trap | undefined {
  if (statement === undefined) return undefined;
  const place = traps.findIndex(({ matching }) => matching.test(statement));
  const trap = traps[place];
  if (trap === undefined || trap.skip === 0) return trap && traps.splice(place, 1)[0];
  trap.skip -= 1;
  return undefined;
}

/** The text of the statement that begins with `packet`, as far as it is there; undefined when it is not a statement. */
export function statementOf(packet: Buffer): string | undefined {
  // A command begins with sequence 0; clients that send query attributes say first that there are none: 0 of 1 set.
  if (packet[3] !== 0 || packet[4] !== COM_QUERY) return undefined;
  return packet.toString('latin1', packet[5] === 0 ? 7 : 5);
}

/**
 * The server's answer to a statement that failed.
 *
 * @source MySQL Internals, "ERR_Packet".
 */
export function errorPacket(errno: number): Buffer {
  const message = Buffer.from(`#HY000error ${errno} in the place of the server's answer`);
  const head = Buffer.from([0, 0, 0, 1, 0xff, errno & 0xff, errno >> 8]);
  head.writeUIntLE(3 + message.length, 0, 3);
  return Buffer.concat([head, message]);
}
