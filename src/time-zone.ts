/** What to write for a time zone; of a {@link isTimeZone} that is false. */
export const TIME_ZONE_HINT =
  'write a name of the IANA time zone database, an area and a city: Asia/Seoul, America/New_York, or UTC';

const known = new Map<string, boolean>();

/**
 * True for a name of the IANA time zone database that is an area and a city, and for UTC and GMT. Abbreviations (KST,
 * EST) and offsets (+09:00) are none: some of them mean several zones, and none of them knows summer time.
 */
export function isTimeZone(zone: unknown): zone is string {
  if (typeof zone !== 'string') return false;
  let valid = known.get(zone);
  if (valid === undefined) known.set(zone, (valid = isKnown(zone)));
  return valid;
}

function isKnown(zone: string): boolean {
  if (!/^(\w+\/[\w/+-]+|UTC|GMT)$/.test(zone)) return false;
  try {
    return new Intl.DateTimeFormat('en-US', { timeZone: zone }) instanceof Intl.DateTimeFormat;
  } catch {
    return false;
  }
}
