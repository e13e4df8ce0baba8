import { readIfThere } from '../instance/read-if-there.js';

/** `0: 0100007F:71A4 00000000:0000 0A …`: IPv6 has the same address after `FFFF`, as for Java. */
const LISTENER = /^\s*\d+: (\w+):(\w{4}) \w+:0000 0A(?: \S+){3}\s+(\d+) /gm;

/** 127.0.0.1 and the wildcard address, of both families and in both byte orders. */
const LOOPBACK = /^(?:0{24}|0{16}(?:FFFF0000|0000FFFF))?(?:0100007F|7F000001|0{8})$/;

/**
 * True when the listeners at this port of 127.0.0.1 run as this user or as root (Docker runs as root). Then a password
 * may be sent there. False when nobody listens. Always true on systems other than Linux, because they do not show it.
 */
export function mayBeTold(port: number): boolean {
  // Without IPv6, its table does not exist.
  const tables = ['/proc/net/tcp', '/proc/net/tcp6'].map(readIfThere).join('\n');
  const me = process.getuid?.();
  if (tables.trim() === '' || me === undefined) return true;
  const owners = listeningUsers(tables, port);
  return owners.length > 0 && owners.every((uid) => uid === me || uid === 0);
}

/**
 * The user ids of the listeners at this port of 127.0.0.1, from the tables of the kernel.
 *
 * @source Linux, Documentation/networking/proc_net_tcp.rst: local address and port in hex, state 0A is TCP_LISTEN, the
 * eighth column is the uid.
 */
export function listeningUsers(tables: string, port: number): number[] {
  const wanted = port.toString(16).toUpperCase().padStart(4, '0');
  const all = [...tables.matchAll(LISTENER)];
  return all.filter(([, host = '', at]) => at === wanted && LOOPBACK.test(host)).map(([, , , uid]) => Number(uid));
}
