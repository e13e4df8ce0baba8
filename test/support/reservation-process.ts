import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';

import type { HistoryEntry, ReservationsOptions } from 'tablepick/reservations';
import type { TrafficOptions } from 'tablepick/testing';

/** The job of a process. Everything in it goes through JSON. */
export type ReservationJob = Omit<TrafficOptions, 'reservations' | 'random'> &
  Pick<ReservationsOptions, 'isolation' | 'seatsPer' | 'redisUrl'> & {
    url: string;
    poolSize: number;
    strategy: string;
    /** The lease of the strategy redis-lock. */
    leaseMs?: number;
    seed: number;
  };

const program = new URL('../fire/reservation-child.mjs', import.meta.url).pathname;

/** Plays jobs in processes of their own, which begin at the same moment. Resolves with the calls of all. */
export async function playTogether(jobs: readonly ReservationJob[]): Promise<HistoryEntry[]> {
  const processes = jobs.map(startPlay);
  await Promise.all(processes.map(({ ready }) => ready));
  for (const { begin } of processes) begin();
  return (await Promise.all(processes.map(({ played }) => played))).flat();
}

/** A process that plays. */
export interface ReservationProcess {
  /** Resolves when it waits for {@link ReservationProcess.begin}. */
  ready: Promise<void>;
  begin(): void;
  signal(name: NodeJS.Signals): void;
  /** Resolves with its calls when it has ended. */
  played: Promise<HistoryEntry[]>;
}

/** Starts a process for `job`. */
export function startPlay(job: ReservationJob): ReservationProcess {
  const child = spawn(process.execPath, [program, JSON.stringify(job)], { stdio: 'pipe' });
  const entries: HistoryEntry[] = [];
  let complaints = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => (complaints += text));
  const ready = new Promise<void>((resolve, reject) => {
    createInterface(child.stdout).on('line', (line) => {
      if (line === 'ready') resolve();
      else entries.push(JSON.parse(line) as HistoryEntry);
    });
    child.on('error', reject).on('close', () => reject(new Error(`ended before it was ready: ${complaints}`)));
  });
  const played = once(child, 'close').then(([code]) => {
    if (code !== 0) throw new Error(`ended with ${String(code)}: ${complaints}`);
    return entries;
  });
  const signal = (name: NodeJS.Signals): void => void child.kill(name);
  return { ready, begin: () => void child.stdin.write('go\n'), signal, played };
}
