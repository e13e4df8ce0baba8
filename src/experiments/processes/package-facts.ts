import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';

/** The top folder of this package, in a clone or below node_modules. */
export const packageFolder = fileURLToPath(new URL('../../../', import.meta.url));

/** The version in this package's package.json. */
export async function readPackageVersion(): Promise<string> {
  const text = await readFile(new URL('../../../package.json', import.meta.url), 'utf8');
  return (JSON.parse(text) as { version: string }).version;
}
