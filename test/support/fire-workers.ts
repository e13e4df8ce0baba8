import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';

import type { FailpointPlan } from 'tablepick/testing';
import { onTestFinished } from 'vitest';

/** A line that a process printed. */
export type WorkerLine = { member: string; kind: string } & Record<string, unknown>;

/** The job of a process. Everything in it goes through JSON. */
export type WorkerJob = Record<string, unknown> & {
  /** The faults of the process. */
  plan?: FailpointPlan;
  /** How often it is started with `plan`. After that, it has no faults. Default: always. */
  plannedRuns?: number;
};

/** Processes that are started again when they were killed. */
export interface Workers {
  /** All printed lines, except for those that `onLine` took. */
  lines: WorkerLine[];
  kill(member: string): void;
  /** How often each process ended too early. */
  deaths(): Record<string, number>;
  /** @throws When a process ended in another way than by a kill: it is not started again. */
  check(): void;
  /** Ends all of them in good order. Rejects when one could not end, or ended in another way than by a kill. */
  stop(): Promise<void>;
}

/** How the workers are started and followed. */
export interface WorkerSettings {
  /** A process that failed by itself is started again, too, because the servers that it needs are killed. */
  mayFail?: boolean;
  /** True: the line is not kept. */
  onLine?: (line: WorkerLine) => boolean;
}

const STOP_WITHIN_MS = 60_000;

interface Member {
  name: string;
  child?: ChildProcess;
  deaths: number;
  done: Promise<void>;
}

/** Starts a process of `program`, a file of test/fire, for each job, and resolves when all are at work. */
export async function startWorkers(
  program: string,
  jobs: Readonly<Record<string, WorkerJob>>,
  settings: WorkerSettings = {},
): Promise<Workers> {
  const file = new URL(`../fire/${program}`, import.meta.url).pathname;
  const state: State = { file, settings, lines: [], isStopping: false, failures: [] };
  const members = Object.entries(jobs).map(([name, job]) => begin(state, name, job));
  const stop = () => endAll(state, members);
  // For a test that failed before it stopped them.
  onTestFinished(() => stop().catch(() => {}));
  try {
    await Promise.all(members.map(({ name }) => untilReady(state, name)));
  } catch (error) {
    await stop().catch(() => {});
    throw error;
  }
  return {
    lines: state.lines,
    kill: (name) => void members.find((member) => member.name === name)!.child?.kill('SIGKILL'),
    deaths: () => Object.fromEntries(members.map(({ name, deaths }) => [name, deaths])),
    check: () => throwFailures(state),
    stop,
  };
}

interface State {
  file: string;
  settings: WorkerSettings;
  lines: WorkerLine[];
  isStopping: boolean;
  failures: string[];
}

function begin(state: State, name: string, job: WorkerJob): Member {
  const member: Member = { name, deaths: 0, done: Promise.resolve() };
  member.done = keepRunning(state, member, job);
  return member;
}

async function keepRunning(state: State, member: Member, job: WorkerJob): Promise<void> {
  for (let run = 0; !state.isStopping; run += 1) {
    const { code, signal, complaints } = await runOnce(state, member, jobOf(job, run));
    const isKilled = signal === 'SIGKILL' && complaints === '';
    if (state.isStopping && (code === 0 || isKilled)) return;
    if (!isKilled && !state.settings.mayFail) {
      return void state.failures.push(`${member.name} ended with ${code ?? signal}: ${complaints}`);
    }
    member.deaths += 1;
    if (!isKilled) await sleep(500);
  }
}

/** Each start has another seed. Otherwise the process would die at the same point for ever. */
function jobOf({ plan, plannedRuns = Infinity, ...job }: WorkerJob, run: number): object {
  const isPlanned = plan !== undefined && run < plannedRuns;
  return { ...job, run, plan: isPlanned ? { ...plan, seed: (plan.seed ?? 0) + run } : { rules: [] } };
}

async function runOnce({ file, settings, lines }: State, member: Member, job: object) {
  const child = spawn(process.execPath, [file, JSON.stringify(job)], { stdio: ['pipe', 'pipe', 'pipe'] });
  member.child = child;
  let complaints = '';
  child.stdin.on('error', () => {});
  child.stderr.setEncoding('utf8').on('data', (text: string) => (complaints += text));
  createInterface(child.stdout).on('line', (text) => {
    const line = parseLine(member.name, text);
    if (line !== undefined && !settings.onLine?.(line)) lines.push(line);
  });
  const [code, signal] = (await once(child, 'close')) as [number | null, NodeJS.Signals | null];
  return { code, signal, complaints };
}

/** A process that is killed may leave half a line. */
function parseLine(member: string, text: string): WorkerLine | undefined {
  try {
    return { member, ...(JSON.parse(text) as { kind: string }) };
  } catch {
    return undefined;
  }
}

function throwFailures({ failures }: Pick<State, 'failures'>): void {
  if (failures.length > 0) throw new Error(failures.join('\n'));
}

async function untilReady({ lines, failures }: State, name: string): Promise<void> {
  while (!lines.some((line) => line.member === name && line.kind === 'ready')) {
    throwFailures({ failures });
    await sleep(20);
  }
}

async function endAll(state: State, members: readonly Member[]): Promise<void> {
  state.isStopping = true;
  for (const { child } of members) child?.stdin?.end();
  const late = new AbortController();
  const isLate = sleep(STOP_WITHIN_MS, true, { signal: late.signal }).catch(() => false);
  const allDone = Promise.all(members.map(({ done }) => done)).then(() => false);
  if (await Promise.race([allDone, isLate])) state.failures.push(`not all of them stopped within ${STOP_WITHIN_MS} ms`);
  late.abort();
  for (const { child } of members) child?.kill('SIGKILL');
  await allDone;
  throwFailures(state);
}

/** Kills one of `members` now and then until it is stopped. Resolves with the number of kills. */
export function killNowAndThen(
  workers: Workers,
  members: readonly string[],
  { random, everyMs }: { random: () => number; everyMs: number },
): { stop(): Promise<number> } {
  const stopping = new AbortController();
  const { signal } = stopping;
  const done = (async () => {
    for (let kills = 0; ; kills += 1) {
      await sleep(everyMs * (0.5 + random()), undefined, { signal }).catch(() => {});
      if (signal.aborted) return kills;
      workers.kill(members[Math.floor(random() * members.length)]!);
    }
  })();
  return { stop: () => (stopping.abort(), done) };
}
