/** The id that a path names in decimal digits; undefined when it names none. */
export function readId(text = ''): number | undefined {
  const id = Number(text);
  return /^\d+$/.test(text) && Number.isSafeInteger(id) && id >= 1 ? id : undefined;
}
