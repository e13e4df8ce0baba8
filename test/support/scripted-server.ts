import { once } from 'node:events';
import { type IncomingMessage, type ServerResponse, createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';

/** A request as it arrived. */
export interface ScriptedRequest {
  path: string;
  text: string;
  header(name: string): string | undefined;
}

/** The answer to a request. */
export type ScriptedAnswer =
  | { kind: 'json'; status: number; body: unknown; headers?: Record<string, string> }
  | { kind: 'text'; status: number; text: string; contentType: string }
  /** No answer: the connection is cut. */
  | { kind: 'hang-up' };

/** A server that answers every request as a test says. */
export interface ScriptedServer {
  url: string;
  /** Cuts open connections. */
  stop(): Promise<void>;
}

/** An answer of JSON; 200 unless said otherwise. */
export function json(body: unknown, status = 200): ScriptedAnswer {
  return { kind: 'json', status, body };
}

/** Starts a {@link ScriptedServer} on a free loopback port. */
export async function startScriptedServer(
  answer: (request: ScriptedRequest) => ScriptedAnswer,
): Promise<ScriptedServer> {
  const serve = async (message: IncomingMessage, response: ServerResponse): Promise<void> =>
    write(response, answer(await readRequest(message)));
  const server = createServer((message, response) => void serve(message, response));
  await once(server.listen(0, '127.0.0.1'), 'listening');
  const stop = async () => {
    const closed = once(server, 'close');
    server.close();
    server.closeAllConnections();
    await closed;
  };
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, stop };
}

async function readRequest(message: IncomingMessage): Promise<ScriptedRequest> {
  const header = (name: string) => message.headers[name.toLowerCase()]?.toString();
  return { path: message.url ?? '', text: await text(message), header };
}

function write(response: ServerResponse, answer: ScriptedAnswer): void {
  switch (answer.kind) {
    case 'json':
      response.writeHead(answer.status, { ...answer.headers, 'Content-Type': 'application/json' });
      response.end(JSON.stringify(answer.body));
      return;
    case 'text':
      response.writeHead(answer.status, { 'Content-Type': answer.contentType }).end(answer.text);
      return;
    case 'hang-up':
      response.destroy();
  }
}
