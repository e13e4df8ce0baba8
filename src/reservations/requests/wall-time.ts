const formats = new Map<string, Intl.DateTimeFormat>();

/**
 * The instant, in milliseconds since 1970, at which clocks of `zone` show `date` (`YYYY-MM-DD`) and `time`
 * (`HH:MM[:SS]`). When a clock change skips a wall time, it counts as if the clock had not changed. When a wall time
 * comes twice, the first is meant.
 *
 * @throws RangeError when there is no such zone.
 */
export function wallTimeToInstant(date: string, time: string, zone: string): number {
  const asUtc = Date.parse(`${date}T${time.length === 5 ? `${time}:00` : time}Z`);
  const dayBefore = zoneOffsetMs(asUtc - 86_400_000, zone);
  const candidates = [dayBefore, zoneOffsetMs(asUtc + 86_400_000, zone)].map((offset) => asUtc - offset);
  const shown = candidates.find((instant) => instant + zoneOffsetMs(instant, zone) === asUtc);
  return shown ?? asUtc - dayBefore;
}

/** How far clocks of `zone` are ahead of UTC at that instant. */
function zoneOffsetMs(instant: number, zone: string): number {
  const parts = formatOf(zone).formatToParts(instant);
  const read = (type: Intl.DateTimeFormatPartTypes): number => Number(parts.find((part) => part.type === type)?.value);
  const shown = Date.UTC(read('year'), read('month') - 1, read('day'), read('hour'), read('minute'), read('second'));
  return shown - Math.floor(instant / 1000) * 1000;
}

function formatOf(zone: string): Intl.DateTimeFormat {
  const known = formats.get(zone);
  if (known !== undefined) return known;
  const numeric = 'numeric' as const;
  const fields = { year: numeric, month: numeric, day: numeric, hour: numeric, minute: numeric, second: numeric };
  const format = new Intl.DateTimeFormat('en-US', { timeZone: zone, hourCycle: 'h23', calendar: 'gregory', ...fields });
  formats.set(zone, format);
  return format;
}
