/**
 * An instant as text for a DATETIME column, in UTC: `YYYY-MM-DD HH:MM:SS.mmm`. A driver writes a `Date` that is bound
 * to a `?` in the time zone that its connection is set to, which for a connection of a user's own is the machine's.
 */
export function instantText(instant: Date): string {
  return instant.toISOString().replace('T', ' ').slice(0, -1);
}
