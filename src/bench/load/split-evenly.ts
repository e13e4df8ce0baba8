/** `total` in `parts` whole numbers that differ by at most one and add up to it, the larger ones first. */
export function splitEvenly(total: number, parts: number): number[] {
  const share = Math.floor(total / parts);
  const remainder = total - share * parts;
  return Array.from({ length: parts }, (_, index) => share + (index < remainder ? 1 : 0));
}
