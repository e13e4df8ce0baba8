import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';

import type { GenerateEvent, GenerateSlotsOptions, RollbackEvent, RunSettings } from 'tablepick/slots';

type Settings = Omit<RunSettings, 'database' | 'signal' | 'onEvent' | 'workers'> & { workers?: number };

/** The job of a process. Everything in it goes through JSON. */
export type FireJob = Settings & { url: string } & (
    | ({ action: 'generate' } & Pick<GenerateSlotsOptions, 'range' | 'strategy' | 'chunkRows' | 'restart'>)
    | { action: 'resume' | 'rollback'; runId: number }
  );

/** How a process ended: with a result, with an error, or killed before either. */
export interface FireEnding {
  result?: Record<string, unknown>;
  error?: { code: string; message: string; hint?: string };
  /** Its stderr. It is empty unless the process crashed. */
  stderr: string;
}

/** A generation or a rollback that runs in a process of its own. */
export interface FireProcess {
  pid: number;
  events: (GenerateEvent | RollbackEvent)[];
  /** Resolves when it has sent `count` events of that kind; rejects when it ends before. */
  told(kind: (GenerateEvent | RollbackEvent)['kind'], count?: number): Promise<void>;
  kill(signal: NodeJS.Signals): void;
  ended: Promise<FireEnding>;
}

const program = new URL('../fire/fire-child.mjs', import.meta.url).pathname;

/** Starts a process that does `job`. */
export function startFireProcess(job: FireJob): FireProcess {
  const child = spawn(process.execPath, [program, JSON.stringify(job)], { stdio: ['ignore', 'pipe', 'pipe'] });
  const events: FireProcess['events'] = [];
  const ending: FireEnding = { stderr: '' };
  const watchers = new Set<() => void>();
  child.stderr.setEncoding('utf8').on('data', (text: string) => (ending.stderr += text));
  createInterface(child.stdout).on('line', (line) => {
    const { event, ...last } = parseLine(line);
    if (event) events.push(event);
    else Object.assign(ending, last);
    for (const look of watchers) look();
  });
  const ended = new Promise<FireEnding>((resolve, reject) => {
    child.on('error', reject).on('close', () => resolve(ending));
  });
  const told: FireProcess['told'] = (kind, count = 1) =>
    new Promise((resolve, reject) => {
      const look = () => void (events.filter((event) => event.kind === kind).length >= count && resolve());
      watchers.add(look);
      ended.then((end) => reject(new Error(`ended before ${count} × ${kind}: ${JSON.stringify(end)}`)), reject);
      look();
    });
  return { pid: child.pid ?? 0, events, told, kill: (signal) => void child.kill(signal), ended };
}

interface Line {
  event?: FireProcess['events'][number];
  result?: Record<string, unknown>;
  error?: FireEnding['error'];
}

/** A process that is killed may leave half a line. */
function parseLine(line: string): Line {
  try {
    return JSON.parse(line) as Line;
  } catch {
    return {};
  }
}
