import { readFileSync } from 'node:fs';

/** The text of a file. Empty when the file does not exist or cannot be read. */
export function readIfThere(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
}
