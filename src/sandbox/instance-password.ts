import { randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';

import type { InstanceFolder } from './instance-folder.js';
import { writePrivateFile } from './write-private-file.js';

const RANDOM_BYTES = 24;
const PASSWORD = /^[\w-]{32}$/;

/**
 * The password of the instance's server; undefined when none was started since there are passwords.
 * It is made of letters, digits, `-` and `_`, so that it needs no quoting in SQL, a URL or a settings file.
 */
export function readInstancePassword({ passwordPath }: InstanceFolder): string | undefined {
  try {
    const text = readFileSync(passwordPath, 'utf8').trim();
    // A machine that lost power may leave the file empty.
    return PASSWORD.test(text) ? text : undefined;
  } catch {
    return undefined;
  }
}

/** As {@link readInstancePassword}, made at random where there is none. The caller holds the instance's lock. */
export function makeInstancePassword(folder: InstanceFolder): string {
  const known = readInstancePassword(folder);
  if (known !== undefined) return known;
  const password = randomBytes(RANDOM_BYTES).toString('base64url');
  writePrivateFile(folder.passwordPath, `${password}\n`);
  return password;
}
