import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';

import type { ReservationRequest, ReservationsOptions } from 'tablepick/reservations';

/** The requests of a process. Everything in it goes through JSON. */
export interface RequestJob extends Pick<ReservationsOptions, 'strategy' | 'redisUrl' | 'conflictRetry'> {
  url: string;
  poolSize: number;
  requests: readonly ReservationRequest[];
  /** Requests under way at any time. */
  atOnce: number;
}

/** How a request ended in its process. */
export interface RequestEnd {
  kind: string;
  reservationId?: number;
  /** The code of an error. */
  code?: string;
  retriable?: boolean;
}

/** A process that makes requests. */
export interface RequestProcess {
  /** Resolves when it waits for {@link RequestProcess.begin}. */
  ready: Promise<void>;
  begin(): void;
  kill(): void;
  /** The time of its last report, by `performance.now()`. */
  toldAtMs(): number;
  /** Its reports, by idempotency key, until it ended or was killed. */
  told: Promise<ReadonlyMap<string, RequestEnd>>;
}

const program = new URL('../fire/reservation-requests-child.mjs', import.meta.url).pathname;

/** Starts a process for `job`. */
export function startRequests(job: RequestJob): RequestProcess {
  const child = spawn(process.execPath, [program, JSON.stringify(job)], { stdio: 'pipe' });
  const told = new Map<string, RequestEnd>();
  let complaints = '';
  let toldAtMs = 0;
  child.stderr.setEncoding('utf8').on('data', (text: string) => (complaints += text));
  child.stdin.on('error', () => {});
  const lines = createInterface(child.stdout);
  const ready = new Promise<void>((resolve, reject) => {
    lines.on('line', (line) => {
      toldAtMs = performance.now();
      if (line === 'ready') resolve();
      else keep(told, line);
    });
    child.on('error', reject).on('close', () => reject(new Error(`ended before it was ready: ${complaints}`)));
  });
  ready.catch(() => {});
  const ended = once(child, 'close').then(() => {
    if (complaints !== '') throw new Error(complaints);
    return told;
  });
  const begin = () => void child.stdin.write('go\n');
  return { ready, begin, kill: () => void child.kill('SIGKILL'), toldAtMs: () => toldAtMs, told: ended };
}

/** A process that is killed may leave half a line. */
function keep(told: Map<string, RequestEnd>, line: string): void {
  try {
    const { idempotencyKey, outcome } = JSON.parse(line) as { idempotencyKey: string; outcome: RequestEnd };
    told.set(idempotencyKey, outcome);
  } catch {
    return;
  }
}
