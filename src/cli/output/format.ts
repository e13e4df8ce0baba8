/** `value` with thousands separators: `4,987,200`. */
export function formatCount(value: number): string {
  return Math.round(value).toLocaleString('en-US');
}

/** Seconds for people: `0.42 s`, `14 s`, `3 min 20 s`, `1 h 05 min`; `?` when not finite. */
export function formatSeconds(seconds: number): string {
  if (!Number.isFinite(seconds)) return '?';
  if (seconds < 10) return `${seconds.toFixed(2)} s`;
  const whole = Math.round(seconds);
  if (whole < 60) return `${whole} s`;
  if (whole < 3600) return `${Math.floor(whole / 60)} min ${twoDigits(whole % 60)} s`;
  return `${Math.floor(whole / 3600)} h ${twoDigits(Math.floor(whole / 60) % 60)} min`;
}

/**
 * `part` of `whole` in percent, rounded down to one digit so that 100.0 means all of it; 100.0 when there is nothing to
 * do.
 */
export function formatPercent(part: number, whole: number): string {
  return (whole === 0 ? 100 : Math.floor((part / whole) * 1000) / 10).toFixed(1);
}

/** `2 restaurants`, `1 restaurant`. */
export function formatQuantity(value: number, noun: string): string {
  return `${formatCount(value)} ${noun}${value === 1 ? '' : 's'}`;
}

/** Two columns, names left and values behind them, one line an entry. */
export function formatFields(fields: readonly (readonly [name: string, value: string])[]): string[] {
  const width = Math.max(0, ...fields.map(([name]) => name.length));
  return fields.map(([name, value]) => `${name.padEnd(width)}  ${value}`);
}

/** Rows under a heading, columns as wide as their widest cell; cells that are numbers stand to the right. */
export function formatTable(heading: readonly string[], rows: readonly (readonly string[])[]): string[] {
  const widths = heading.map((name, column) => Math.max(name.length, ...rows.map((row) => row[column]?.length ?? 0)));
  const numeric = heading.map((_name, column) => rows.length > 0 && rows.every((row) => isNumber(row[column] ?? '')));
  const line = (cells: readonly string[]): string =>
    cells
      .map((cell, column) => (numeric[column] ? cell.padStart(widths[column] ?? 0) : cell.padEnd(widths[column] ?? 0)))
      .join('  ')
      .trimEnd();
  return [line(heading), ...rows.map(line)];
}

function isNumber(cell: string): boolean {
  return /^[\d,.]*$/.test(cell);
}

function twoDigits(value: number): string {
  return String(value).padStart(2, '0');
}
