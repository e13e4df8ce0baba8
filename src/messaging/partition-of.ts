import { crc32 } from 'node:zlib';

/** The partition of a key, 0 to `partitions` - 1. It never changes. */
export function partitionOf(key: string, partitions: number): number {
  return crc32(key) % partitions;
}
