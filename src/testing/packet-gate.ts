/**
 * Packets up to this size leave a {@link createPacketGate} whole. The first piece of a longer packet has at least this
 * size.
 */
const WHOLE_PACKET_BYTES = 1024;

const HEADER_BYTES = 4;

/** A packet, or a part of a long packet. */
export interface Piece {
  bytes: Buffer;
  /** True for the piece that holds the packet's header. */
  isFirst: boolean;
}

/**
 * Cuts a stream of bytes at packet boundaries. Small packets come out whole, big ones in the pieces in which they
 * arrive.
 *
 * @source MySQL Internals, "Protocol Basics": three bytes of length, little endian, one of sequence, then the payload.
 */
export function createPacketGate(pass: (piece: Piece) => void): (chunk: Buffer) => void {
  let held: Buffer = Buffer.alloc(0);
  let leftOfBig = 0;

  function takePiece(bytes: Buffer): number {
    if (leftOfBig > 0 || bytes.length < HEADER_BYTES) return Math.min(leftOfBig, bytes.length);
    const size = HEADER_BYTES + bytes.readUIntLE(0, 3);
    return bytes.length < Math.min(size, WHOLE_PACKET_BYTES) ? 0 : Math.min(size, bytes.length);
  }

  return (chunk) => {
    held = Buffer.concat([held, chunk]);
    for (let size = takePiece(held); size > 0; size = takePiece(held)) {
      const isFirst = leftOfBig === 0;
      leftOfBig = (isFirst ? HEADER_BYTES + held.readUIntLE(0, 3) : leftOfBig) - size;
      pass({ bytes: held.subarray(0, size), isFirst });
      held = held.subarray(size);
    }
  };
}
