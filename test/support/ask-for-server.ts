import { basename } from 'node:path';

import { expect, inject } from 'vitest';

/** The kinds of servers that tests use. */
export type ServerName = 'mysql' | 'mariadb' | 'redis' | 'kafka';

declare module 'vitest' {
  interface ProvidedContext {
    /** The servers that the names of the project's files promise to use, and no more. */
    servers: ServerName[];
    serverUrls: Record<ServerName, string>;
  }
}

/**
 * Says that this file uses a server of that kind, of the run or of its own.
 *
 * @throws When the file's name does not say so: a run of one file starts only the servers in its name.
 */
export function askForServer(name: ServerName): void {
  const promised = inject('servers') ?? [];
  if (promised.includes(name)) return;
  const file = basename(expect.getState().testPath ?? 'this file');
  const words = ['redis', 'kafka'].filter((word) => word === name || promised.includes(word as ServerName));
  const title = file.split('.', 1)[0];
  const renamed = [title, ...(words.length > 0 ? words : ['db']), 'test.ts'].join('.');
  throw new Error(`${file} uses ${name}, which its name does not say: name it ${renamed}`);
}
