import { randomBytes } from 'node:crypto';

import type { InstanceFolder } from './instance-folder.js';
import { readIfThere } from './read-if-there.js';
import { writePrivateFile } from './write-private-file.js';

const RANDOM_BYTES = 24;
const PASSWORD = /^[\w-]{32}$/;

/**
 * The password at the last start of the instance's server. Undefined when it was started without a password, by an
 * older version. It has only letters, digits, `-` and `_`, so it needs no quoting in SQL, a URL or a settings file.
 */
export function readInstancePassword({ passwordPath, startFile }: InstanceFolder): string | undefined {
  const password = readIfThere(passwordPath).trim();
  // After a power failure the file may be empty.
  return PASSWORD.test(password) && readIfThere(startFile).includes(password) ? password : undefined;
}

/**
 * Like {@link readInstancePassword}. When there is none, a random password is created. The caller holds the instance's
 * lock.
 */
export function makeInstancePassword(folder: InstanceFolder): string {
  const known = readInstancePassword(folder);
  if (known !== undefined) return known;
  const password = randomBytes(RANDOM_BYTES).toString('base64url');
  writePrivateFile(folder.passwordPath, `${password}\n`);
  return password;
}
