import { once } from 'node:events';
import type { Server } from 'node:http';
import { isIPv6, type AddressInfo } from 'node:net';

import { checkInteger } from '../../check-option.js';
import { TablepickError } from '../../errors.js';

/** The address where a server listens. */
export interface ListenAddress {
  host: string;
  /** 0: a free port. */
  port: number;
}

/**
 * Makes a server listen. Resolves with the URL and the port that reach it from this machine.
 *
 * @throws `BAD_OPTION` when it may not listen there.
 */
export async function listen(server: Server, { host, port }: ListenAddress): Promise<{ url: string; port: number }> {
  checkInteger('port', port, { min: 0, max: 65_535, message: `the port is ${port}`, hint: 'name one of 0 to 65535' });
  try {
    server.listen(port, host);
    await once(server, 'listening');
  } catch (cause) {
    throw explain(cause, { host, port });
  }
  const address = server.address() as AddressInfo;
  return { url: urlOf({ host, port: address.port }), port: address.port };
}

/** The URL of such a server, as it is reached from this machine. */
export function urlOf({ host, port }: ListenAddress): string {
  const reached = { '0.0.0.0': '127.0.0.1', '::': '[::1]' }[host] ?? (isIPv6(host) ? `[${host}]` : host);
  return `http://${reached}:${port}`;
}

function explain(cause: unknown, { host, port }: ListenAddress): unknown {
  const { code } = cause as NodeJS.ErrnoException;
  if (code === 'EADDRINUSE') {
    return notThere(`port ${port} is in use`, 'stop what listens there, or name another port (0: a free one)', cause);
  }
  if (code === 'EACCES') return notThere(`port ${port} may not be used`, 'name a port of 1024 or more', cause);
  if (code === 'EADDRNOTAVAIL' || code === 'ENOTFOUND' || code === 'EAI_AGAIN') {
    return notThere(
      `${host} is no address of this machine`,
      'name 127.0.0.1, or 0.0.0.0 for all of its addresses',
      cause,
    );
  }
  return cause;
}

function notThere(message: string, hint: string, cause?: unknown): TablepickError {
  return new TablepickError('BAD_OPTION', message, { hint, cause });
}
