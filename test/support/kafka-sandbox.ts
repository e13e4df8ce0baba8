import { readFileSync, readdirSync, rmSync } from 'node:fs';
import { connect } from 'node:net';
import { dirname, join } from 'node:path';

import { type SandboxOptions, sandboxReset } from 'tablepick/sandbox';

/** The port of a Kafka of one broker. */
export function portOf(url: string): number {
  return Number(new URL(url).port);
}

/** Deletes the instance with its folder. */
export async function forget(each: SandboxOptions): Promise<void> {
  const { dataDir } = await sandboxReset(each);
  rmSync(dirname(dirname(dataDir)), { recursive: true, force: true });
}

/** Pids of servers that keep their data there. */
export function serversOn(dataDir: string): number[] {
  const pids = readdirSync('/proc').map(Number).filter(Number.isInteger);
  return pids.filter((pid) => {
    try {
      return readFileSync(`/proc/${pid}/cmdline`, 'utf8').split('\0').includes(join(dataDir, 'server.properties'));
    } catch {
      return false;
    }
  });
}

/** Whether a server accepts connections there. */
export function isListening(host: string, port: number): Promise<boolean> {
  return new Promise((done) => {
    const socket = connect({ host, port });
    const finish = (is: boolean) => {
      socket.destroy();
      done(is);
    };
    socket.on('connect', () => finish(true)).on('error', () => finish(false));
  });
}
