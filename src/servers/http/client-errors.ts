import { randomUUID } from 'node:crypto';
import { STATUS_CODES, type Server, type ServerResponse } from 'node:http';
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
  if (error.code === 'ECONNRESET' || socket.destroyed || !socket.writable || isAnswerDue(socket)) {
    return void socket.destroy();
  }
  endWith(socket, KINDS[error.code ?? ''] ?? OTHER);
}

/** Answers, with problems, the requests that Node's server would answer without a body. */
export function answerUnusualRequests(server: Server): void {
  server.on('connect', (_, socket) =>
    endWith(socket, { kind: 'method-not-allowed', status: 405, detail: 'this server is no proxy' }),
  );
  server.on('checkExpectation', (_, response: ServerResponse) => {
    const about = { id: randomUUID(), detail: 'this server meets no expectation but 100-continue' };
    const body = JSON.stringify(createProblem('wrong-expectation', 417, about));
    response.writeHead(417, { 'Content-Type': PROBLEM_TYPE, 'Content-Length': Buffer.byteLength(body) }).end(body);
  });
}

/** An earlier request is whole and not answered yet. What is sent now would be taken for the answer to it. */
function isAnswerDue(socket: Duplex): boolean {
  const { _httpMessage: answering } = socket as { _httpMessage?: { req?: { complete?: boolean } } | null };
  return answering?.req?.complete === true;
}

function endWith(socket: Duplex, { kind, status, detail }: { kind: string; status: number; detail: string }): void {
  const body = JSON.stringify(createProblem(kind, status, { id: randomUUID(), detail }));
  const head = [
    `HTTP/1.1 ${status} ${STATUS_CODES[status]}`,
    `Content-Type: ${PROBLEM_TYPE}`,
    `Content-Length: ${Buffer.byteLength(body)}`,
    'Connection: close',
  ];
  socket.end(`${head.join('\r\n')}\r\n\r\n${body}`, () => socket.destroy());
}
