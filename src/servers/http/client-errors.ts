import { randomUUID } from 'node:crypto';
import { STATUS_CODES } from 'node:http';
import type { Duplex } from 'node:stream';

import { PROBLEM_TYPE, createProblem } from '../problems/problem.js';

/** Kinds of requests that are no HTTP, by the code of Node's error. */
const KINDS: Readonly<Record<string, { kind: string; status: number; detail: string }>> = {
  HPE_HEADER_OVERFLOW: { kind: 'headers-too-large', status: 431, detail: 'the headers are longer than 16 KiB' },
  ERR_HTTP_REQUEST_TIMEOUT: { kind: 'request-timeout', status: 408, detail: 'the request was not whole in time' },
};
const OTHER = { kind: 'no-http', status: 400, detail: 'the request is no HTTP/1.1' };

/** Answers a request that could not be read as HTTP, and closes its connection. */
export function answerClientError(error: NodeJS.ErrnoException, socket: Duplex): void {
  // Behind a request that is not answered yet, this would be taken for the answer to that one.
  if ((socket as { _httpMessage?: unknown })._httpMessage) return void socket.destroy();
  if (error.code === 'ECONNRESET' || socket.destroyed || !socket.writable) return void socket.destroy();
  const { kind, status, detail } = KINDS[error.code ?? ''] ?? OTHER;
  const body = JSON.stringify(createProblem(kind, status, { id: randomUUID(), detail }));
  const head = [
    `HTTP/1.1 ${status} ${STATUS_CODES[status]}`,
    `Content-Type: ${PROBLEM_TYPE}`,
    `Content-Length: ${Buffer.byteLength(body)}`,
    'Connection: close',
  ];
  socket.end(`${head.join('\r\n')}\r\n\r\n${body}`, () => socket.destroy());
}
