import { randomBytes } from 'node:crypto';

import type { InstanceFolder } from './instance-folder.js';
import { readIfThere } from './read-if-there.js';
import { writePrivateFile } from './write-private-file.js';

const RANDOM_BYTES = 24;
const PASSWORD = /^[\w-]{32}$/;

/**
 * The password that the instance's server was started with last; undefined when it was started without: by a version
 * that had none for it. It is made of letters, digits, `-` and `_`, so that it needs no quoting in SQL, a URL or a
 * settings file.
 */
export function readInstancePassword({ passwordPath, startFile }: InstanceFolder): string | undefined {
  const password = readIfThere(passwordPath).trim();
  // A machine that lost power may leave the file empty.
  return PASSWORD.test(password) && readIfThere(startFile).includes(password) ? password : undefined;
}

/** As {@link readInstancePassword}, made at random where there is none. The caller holds the instance's lock. */
export function makeInstancePassword(folder: InstanceFolder): string {
  const known = readInstancePassword(folder);
  if (known !== undefined) return known;
  const password = randomBytes(RANDOM_BYTES).toString('base64url');
  writePrivateFile(folder.passwordPath, `${password}\n`);
  return password;
}
