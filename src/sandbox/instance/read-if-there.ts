import { readFileSync } from 'node:fs';

/** The text of a file; empty when it is not there, or not ours to read. */
export function readIfThere(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
}
