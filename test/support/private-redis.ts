import type { SandboxOptions } from 'tablepick/sandbox';

import { startPrivateSandbox, type PrivateSandbox } from './private-server.js';

/** A Redis for one test alone, which may kill, pause and restart it. It keeps nothing from start to start. */
export interface PrivateRedis extends Pick<PrivateSandbox, 'url' | 'kill' | 'start'> {
  /** Pauses it: it accepts connections and answers nothing. */
  pause(): void;
  /** Lets it go on. */
  resume(): void;
}

/** Opens a Redis of its own and removes it afterwards, also when `work` left it dead or paused. */
export async function withPrivateRedis(
  work: (redis: PrivateRedis) => Promise<void>,
  settings: Pick<SandboxOptions, 'serverOptions'> = {},
): Promise<void> {
  const sandbox = await startPrivateSandbox('redis', settings);
  const signal = (name: NodeJS.Signals) => void process.kill(sandbox.pid(), name);
  let paused = false;
  const pause = () => void ((paused = true), signal('SIGSTOP'));
  const resume = () => void ((paused = false), signal('SIGCONT'));
  try {
    await work({ url: sandbox.url, kill: sandbox.kill, start: sandbox.start, pause, resume });
  } finally {
    if (paused) resume();
    await sandbox.remove();
  }
}
