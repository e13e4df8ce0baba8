import { Agent as HttpAgent, type IncomingMessage, request as requestHttp } from 'node:http';
import { Agent as HttpsAgent, request as requestHttps } from 'node:https';

import { onAbort } from '../../abort/on-abort.js';

/** One request. */
export interface HttpRequest {
  method: 'GET' | 'POST';
  url: URL;
  headers: Readonly<Record<string, string>>;
  body?: string | undefined;
}

/** The answer to a request. */
export interface HttpAnswer {
  status: number;
  text: string;
}

/** Longest answer that is read, in bytes. */
const MOST_ANSWER = 65_536;

/**
 * Sends requests to one server over connections that are kept, at most so many. Other requests wait for one of them.
 * Redirects are not followed. Connections that nobody uses do not keep the process.
 */
export class HttpClient {
  readonly #agent: HttpAgent;
  readonly #request: typeof requestHttp;

  constructor({ protocol }: URL, connections: number) {
    const isSecure = protocol === 'https:';
    const options = { keepAlive: true, maxSockets: connections };
    this.#agent = isSecure ? new HttpsAgent(options) : new HttpAgent(options);
    this.#request = isSecure ? requestHttps : requestHttp;
  }

  /**
   * Sends a request and reads its answer.
   *
   * @throws The reason of `signal`; errors of the connection; when the answer is longer than 65,536 bytes.
   */
  async send({ url, method, headers, body = '' }: HttpRequest, signal: AbortSignal): Promise<HttpAnswer> {
    signal.throwIfAborted();
    const length = method === 'GET' ? {} : { 'Content-Length': Buffer.byteLength(body) };
    const sent = this.#request(url, { method, headers: { ...headers, ...length }, agent: this.#agent });
    let stopListening = (): void => {};
    try {
      return await new Promise<HttpAnswer>((resolve, reject) => {
        // A request that still waits for a connection does not tell that it was destroyed.
        stopListening = onAbort(signal, () => reject(signal.reason as Error));
        sent.on('error', reject);
        sent.on('response', (response) => {
          const status = response.statusCode!;
          readText(response).then((text) => resolve({ status, text }), reject);
        });
        sent.end(body);
      });
    } catch (error) {
      sent.destroy();
      throw error;
    } finally {
      stopListening();
    }
  }

  /** Closes all connections. */
  close(): void {
    this.#agent.destroy();
  }
}

async function readText(response: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of response as AsyncIterable<Buffer>) {
    bytes += chunk.length;
    if (bytes > MOST_ANSWER) throw new Error(`the answer is longer than ${MOST_ANSWER} bytes`);
    chunks.push(chunk);
  }
  return new TextDecoder().decode(Buffer.concat(chunks));
}
