import { readIfThere } from '../instance/read-if-there.js';

/** `0: 0100007F:71A4 00000000:0000 0A …`: IPv6 holds the same address behind `FFFF`, as Java has it. */
const LISTENER = /^\s*\d+: (\w+):(\w{4}) \w+:0000 0A(?: \S+){3}\s+(\d+) /gm;

/** 127.0.0.1 and every address, of both families and in both orders of bytes. */
const LOOPBACK = /^(?:0{24}|0{16}(?:FFFF0000|0000FFFF))?(?:0100007F|7F000001|0{8})$/;

/**
 * Whether who listens at that port of 127.0.0.1 may know what this user knows: it runs as the same user, or as root, as
 * Docker does. False when nobody listens. Where the system does not tell (it is no Linux) it is true.
 */
export function mayBeTold(port: number): boolean {
  // Without IPv6 there is no table of it.
  const tables = ['/proc/net/tcp', '/proc/net/tcp6'].map(readIfThere).join('\n');
  const me = process.getuid?.();
  if (tables.trim() === '' || me === undefined) return true;
  const owners = listeningUsers(tables, port);
  return owners.length > 0 && owners.every((uid) => uid === me || uid === 0);
}

/**
 * Ids of the users who listen at that port of 127.0.0.1, read from the tables of the kernel.
 *
 * @source Linux, Documentation/networking/proc_net_tcp.rst: local address and port in hex, state 0A is TCP_LISTEN, the
 * eighth column is the uid.
 */
export function listeningUsers(tables: string, port: number): number[] {
  const wanted = port.toString(16).toUpperCase().padStart(4, '0');
  const all = [...tables.matchAll(LISTENER)];
  return all.filter(([, host = '', at]) => at === wanted && LOOPBACK.test(host)).map(([, , , uid]) => Number(uid));
}
