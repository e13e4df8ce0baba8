import { readFileSync, readdirSync } from 'node:fs';

const folder = new URL('./schema/', import.meta.url);

/** Name and text of each numbered schema file, in order. The build replaces this function's body by the texts. */
export function readSchemaTexts(): (readonly [file: string, text: string])[] {
  const names = readdirSync(folder).filter((name) => /^\d{3}_\w+\.sql$/.test(name));
  return names.sort().map((file) => [file, readFileSync(new URL(file, folder), 'utf8')] as const);
}
