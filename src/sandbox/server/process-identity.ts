import { execFileSync } from 'node:child_process';
import { readFileSync, readdirSync, readlinkSync, statSync } from 'node:fs';

/** A process that stays recognisable after its pid was given to another one. */
export interface ProcessIdentity {
  pid: number;
  /** When it began, as the system words it, with the boot it belongs to. */
  startTime: string;
}

const ON_LINUX = process.platform === 'linux';
const START_TIME_FIELD = 19;

/** The identity of the process this code runs in. */
export function thisProcess(): ProcessIdentity {
  return { pid: process.pid, startTime: readStartTime(process.pid) ?? '' };
}

/** When the process with that pid began; undefined when there is none or it has ended and waits to be reaped. */
export function readStartTime(pid: number): string | undefined {
  return ON_LINUX ? readProcStartTime(pid) : readPsStartTime(pid);
}

/** True while exactly that process runs. */
export function isAlive(identity: ProcessIdentity): boolean {
  return identity.startTime !== '' && readStartTime(identity.pid) === identity.startTime;
}

/**
 * True unless the command line of the process lacks `argument`. While a process turns into another program its command
 * line is empty for a moment; that alone proves nothing against it.
 */
export function mayHaveArgument(pid: number, argument: string): boolean {
  const words = readArguments(pid);
  return words !== undefined && (words.length === 0 || words.includes(argument));
}

/** A process and what it was run with. */
export interface FoundProcess extends ProcessIdentity {
  /** Its words, with spaces between them. */
  commandLine: string;
}

/** The process of this user whose command line holds `argument`, other than this one; undefined when there is none. */
export function findProcessByArgument(argument: string): FoundProcess | undefined {
  for (const pid of listPids()) {
    const words = pid === process.pid ? undefined : readArguments(pid);
    if (!words?.includes(argument) || !isOurs(pid)) continue;
    const startTime = readStartTime(pid);
    if (startTime !== undefined)
      return { pid, startTime, commandLine: typeof words === 'string' ? words : words.join(' ') };
  }
  return undefined;
}

/**
 * A process of this user, other than this one, that runs from a file below `folder` or has one open, however it was
 * told the folder's name; undefined when there is none. Known on Linux only.
 */
export function findProcessInside(folder: string): number | undefined {
  if (!ON_LINUX) return undefined;
  const isInside = (path: string) => path.startsWith(`${folder}/`);
  return listPids().find((pid) => pid !== process.pid && openFiles(pid).some(isInside));
}

function openFiles(pid: number): string[] {
  const descriptors = readFolder(`/proc/${pid}/fd`).map((name) => `fd/${name}`);
  return ['exe', ...descriptors].flatMap((name) => {
    try {
      return [readlinkSync(`/proc/${pid}/${name}`)];
    } catch {
      // Another user's, or gone since.
      return [];
    }
  });
}

function readFolder(path: string): string[] {
  try {
    return readdirSync(path);
  } catch {
    return [];
  }
}

/** Whoever runs a program of another user cannot make us take it for a server of ours. */
function isOurs(pid: number): boolean {
  const uid = process.getuid?.();
  if (uid === undefined) return true;
  if (!ON_LINUX) return Number(readPs(['-o', 'uid=', '-p', String(pid)])) === uid;
  return statSync(`/proc/${pid}`, { throwIfNoEntry: false })?.uid === uid;
}

/** Whole arguments on Linux, one text from `ps`; undefined when there is no such process. */
function readArguments(pid: number): string | string[] | undefined {
  if (!ON_LINUX) return readPs(['-ww', '-o', 'command=', '-p', String(pid)]);
  return readProc(`${pid}/cmdline`)?.split('\0').filter(Boolean);
}

function readProcStartTime(pid: number): string | undefined {
  const stat = readProc(`${pid}/stat`);
  if (stat === undefined) return undefined;
  // The program's name stands in parentheses and may hold spaces: count from the last one.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return fields[0] === 'Z' || fields[0] === 'X' ? undefined : `${bootId()}/${fields[START_TIME_FIELD]}`;
}

function bootId(): string {
  return readProc('sys/kernel/random/boot_id')?.trim() ?? 'boot';
}

function readPsStartTime(pid: number): string | undefined {
  const [state, ...started] = (readPs(['-o', 'stat=', '-o', 'lstart=', '-p', String(pid)]) ?? '').trim().split(/\s+/);
  return state === '' || state?.startsWith('Z') ? undefined : started.join(' ');
}

function listPids(): number[] {
  const names = ON_LINUX ? readdirSync('/proc') : (readPs(['-axo', 'pid=']) ?? '').split('\n');
  return names.map(Number).filter((pid) => Number.isInteger(pid) && pid > 0);
}

function readProc(path: string): string | undefined {
  try {
    return readFileSync(`/proc/${path}`, 'utf8');
  } catch {
    return undefined;
  }
}

function readPs(args: string[]): string | undefined {
  try {
    // The form of lstart follows the locale: it must be the same for every process that compares.
    const env = { ...process.env, LC_ALL: 'C', TZ: 'UTC' };
    return execFileSync('ps', args, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'], env });
  } catch {
    return undefined;
  }
}
