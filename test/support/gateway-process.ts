import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';

import type { GatewayServerOptions } from 'tablepick/servers';

/** A fake payment provider in a process of its own. */
export interface GatewayProcess {
  url: string;
  port: number;
  /** Ends it with SIGKILL, and waits for its end. */
  kill(): Promise<void>;
}

const program = new URL('gateway-child.mjs', import.meta.url).pathname;

/** Starts a {@link GatewayProcess} and waits until it listens. */
export async function startGatewayProcess(options: Omit<GatewayServerOptions, 'onError'>): Promise<GatewayProcess> {
  const child = spawn(process.execPath, [program, JSON.stringify(options)], { stdio: ['ignore', 'pipe', 'pipe'] });
  let complaints = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => (complaints += text));
  const ended = once(child, 'close');
  const started = once(createInterface(child.stdout), 'line') as Promise<[string]>;
  const early = ended.then(() => Promise.reject(new Error(`the provider ended before it listened: ${complaints}`)));
  const [url] = await Promise.race([started, early]);
  early.catch(() => {});
  const kill = async () => {
    child.kill('SIGKILL');
    await ended;
  };
  return { url, port: Number(new URL(url).port), kill };
}
