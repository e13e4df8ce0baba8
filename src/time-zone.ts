/** The hint when {@link isTimeZone} is false. */
export const TIME_ZONE_HINT =
  'write a name of the IANA time zone database, an area and a city: Asia/Seoul, America/New_York, or UTC';

const known = new Map<string, boolean>();

/**
 * True for an area and a city of the IANA time zone database, and for UTC and GMT. False for abbreviations (KST, EST)
 * and offsets (+09:00): some of them mean several zones, and none of them has summer time.
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
