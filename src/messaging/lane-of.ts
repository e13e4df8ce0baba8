import { crc32 } from 'node:zlib';

/** Into how many lanes the keys of an outbox are spread. */
export const LANES = 16;

/** The lane of a key, as the column `lane` of the outbox has it: `CRC32(aggregateid) % 16`. */
export function laneOf(key: string): number {
  return crc32(key) % LANES;
}
