/** A part of a page under its own heading. It is left out when its body is empty. */
export interface Section {
  heading: string;
  body: string;
}

/** A Markdown table. */
export function table(headings: readonly string[], lines: readonly string[]): string {
  return [row(headings), row(headings.map(() => '---')), ...lines].join('\n');
}

/** A line of a Markdown table. */
export function row(cells: readonly string[]): string {
  return `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`;
}

/** The formatted value, or a dash when there is none. */
export function orDash(value: number | null | undefined, format: (value: number) => string): string {
  return value === null || value === undefined ? '–' : format(value);
}
