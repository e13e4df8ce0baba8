/** Splits `total` into `parts` whole numbers that differ by at most one. The larger ones come first. */
export function splitEvenly(total: number, parts: number): number[] {
  const share = Math.floor(total / parts);
  const remainder = total - share * parts;
  return Array.from({ length: parts }, (_, index) => share + (index < remainder ? 1 : 0));
}
