/** One field of a locked record as the server prints it: `12`, `'abc'`, `0x8173C0`, `NULL`. */
export type KeyValue = string;

const TOKEN = /'(?:[^']|'')*'|[^,\s][^,]*/g;

/** The fields in `lock_data` of a locked record: `2, 1037720, 0x8173C0` has three. */
export function splitLockData(text: string): KeyValue[] {
  return text.match(TOKEN) ?? [];
}

/**
 * `value` as a whole number; undefined when it is none. Stored bytes are read as of an unsigned column, or as of a
 * signed column whose value is not negative.
 *
 * @source MySQL Internals, "InnoDB Record Structure": integers are stored big-endian, those with a sign with its bit
 * turned
 */
export function toInteger(value: KeyValue): number | undefined {
  if (/^-?\d+$/.test(value)) return Number(value);
  const digits = /^0x((?:[\dA-F]{2}){1,8})$/i.exec(value)?.[1];
  if (digits === undefined) return undefined;
  const signBit = 1n << BigInt(digits.length * 4 - 1);
  const stored = BigInt(`0x${digits}`);
  return Number(stored >= signBit ? stored - signBit : stored);
}

/**
 * `value` of a DATE column as `YYYY-MM-DD`: a number of three bytes, year × 512 + month × 32 + day.
 *
 * @source MySQL Reference Manual, "Date and Time Data Type Representation"
 */
export function toDate(value: KeyValue): string | undefined {
  const number = toInteger(value);
  if (number === undefined) return undefined;
  const [year, month, day] = [number >> 9, (number >> 5) & 15, number & 31];
  return `${String(year).padStart(4, '0')}-${twoDigits(month)}-${twoDigits(day)}`;
}

/**
 * `value` of a TIME column as `HH:MM`: hours, minutes and seconds in the low 22 bits of the first three bytes.
 *
 * @source MySQL Reference Manual, "Date and Time Data Type Representation"
 */
export function toTime(value: KeyValue): string | undefined {
  const digits = /^0x([\dA-F]{6})/i.exec(value)?.[1];
  if (digits === undefined) return toText(value);
  const number = parseInt(digits, 16);
  return `${twoDigits((number >> 12) & 1023)}:${twoDigits((number >> 6) & 63)}`;
}

/** `value` of a text column; undefined when it is not text. */
export function toText(value: KeyValue): string | undefined {
  if (value.startsWith("'")) return value.slice(1, -1).replaceAll("''", "'");
  if (/^0x(?:[\dA-F]{2})+$/i.test(value)) return Buffer.from(value.slice(2), 'hex').toString('utf8');
  return undefined;
}

/** `value` for people when its type is unknown. Bytes that are clearly a number or a text are shown as such. */
export function showValue(value: KeyValue): string {
  if (!value.startsWith('0x')) return value;
  if (/^0x8[\dA-F]{7}([\dA-F]{8})?$/i.test(value)) return String(toInteger(value));
  const text = toText(value) ?? '';
  return /^[\x20-\x7E]+$/.test(text) ? `'${text}'` : value;
}

function twoDigits(value: number): string {
  return String(value).padStart(2, '0');
}
