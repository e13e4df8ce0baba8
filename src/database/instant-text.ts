/**
 * An instant as text for a DATETIME column, in UTC: `YYYY-MM-DD HH:MM:SS.mmm`. A driver writes a bound `Date` in the
 * time zone of its connection. For a user's own connection, that is the machine's time zone.
 */
export function instantText(instant: Date): string {
  return instant.toISOString().replace('T', ' ').slice(0, -1);
}
