/**
 * CRC-32 (IEEE) of a slot's key `12|2026-12-01|07:00:00` in three parts: `(restaurantPart ^ datePart ^ timePart) >>>
 * 0`.
 *
 * CRC is linear over XOR, and date and time have fixed lengths. So the part of each field can be computed alone and
 * cached: zero bytes stand for the fields after it. A slot then costs one XOR, and no text is built.
 *
 * @source RFC 1952, section 8 (the polynomial and the table); MySQL's and MariaDB's CRC32() are the same function.
 */
const crcTable = Int32Array.from({ length: 256 }, (_, byte) => {
  let crc = byte;
  for (let bit = 0; bit < 8; bit++) crc = crc & 1 ? (crc >>> 1) ^ 0xedb88320 : crc >>> 1;
  return crc;
});

const TIME_LENGTH = '|HH:MM:00'.length;
const DATE_LENGTH = 'YYYY-MM-DD'.length;

/** The part of a restaurant. It includes CRC's initial and final inversion. */
export function restaurantPart(restaurantId: number): number {
  return ~advance(feed(-1, `${restaurantId}|`), DATE_LENGTH + TIME_LENGTH);
}

/** The part of a date, `YYYY-MM-DD`. */
export function datePart(date: string): number {
  return advance(feed(0, date), TIME_LENGTH);
}

/** The part of a time, `HH:MM`, with seconds 00. */
export function timePart(time: string): number {
  return feed(0, `|${time}:00`);
}

function feed(state: number, ascii: string): number {
  let crc = state;
  for (let index = 0; index < ascii.length; index++) {
    crc = (crcTable[(crc ^ ascii.charCodeAt(index)) & 255] as number) ^ (crc >>> 8);
  }
  return crc;
}

function advance(state: number, zeroBytes: number): number {
  let crc = state;
  for (let count = 0; count < zeroBytes; count++) crc = (crcTable[crc & 255] as number) ^ (crc >>> 8);
  return crc;
}
