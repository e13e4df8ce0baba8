import { execFileSync } from 'node:child_process';
import { readFileSync, readdirSync, readlinkSync, statSync } from 'node:fs';

/** The identity of a process. It stays unique also when the system gives its pid to another process. */
export interface ProcessIdentity {
  pid: number;
  /** Its start time in the system's own form. On Linux with the id of the boot. */
  startTime: string;
}

const ON_LINUX = process.platform === 'linux';
const START_TIME_FIELD = 19;

/** The identity of this process. */
export function thisProcess(): ProcessIdentity {
  return { pid: process.pid, startTime: readStartTime(process.pid) ?? '' };
}

/** The start time of the process with this pid. Undefined when there is none or when it is a zombie. */
export function readStartTime(pid: number): string | undefined {
  return ON_LINUX ? readProcStartTime(pid) : readPsStartTime(pid);
}

/** True while exactly this process runs. */
export function isAlive(identity: ProcessIdentity): boolean {
  return identity.startTime !== '' && readStartTime(identity.pid) === identity.startTime;
}

/**
 * True when the command line of the process contains `argument` or is empty. While a process changes into another
 * program, its command line is empty for a moment.
 */
export function mayHaveArgument(pid: number, argument: string): boolean {
  const words = readArguments(pid);
  return words !== undefined && (words.length === 0 || words.includes(argument));
}

/** A process and its command line. */
export interface FoundProcess extends ProcessIdentity {
  /** Its words, separated by spaces. */
  commandLine: string;
}

/** Another process of this user with `argument` on its command line, or undefined. */
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
 * Another process that runs from a file below `folder` or has such a file open, or undefined. The name of the folder on
 * its command line does not matter. Works on Linux only.
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
      // The process belongs to another user, or has ended since.
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

/** A process of another user must never count as our server. */
function isOurs(pid: number): boolean {
  const uid = process.getuid?.();
  if (uid === undefined) return true;
  if (!ON_LINUX) return Number(readPs(['-o', 'uid=', '-p', String(pid)])) === uid;
  return statSync(`/proc/${pid}`, { throwIfNoEntry: false })?.uid === uid;
}

/** The arguments on Linux, else one text from `ps`. Undefined when there is no such process. */
function readArguments(pid: number): string | string[] | undefined {
  if (!ON_LINUX) return readPs(['-ww', '-o', 'command=', '-p', String(pid)]);
  return readProc(`${pid}/cmdline`)?.split('\0').filter(Boolean);
}

function readProcStartTime(pid: number): string | undefined {
  const stat = readProc(`${pid}/stat`);
  if (stat === undefined) return undefined;
  // The program's name is in parentheses and may contain spaces, so fields are counted after the last parenthesis.
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
    // The form of lstart depends on the locale and the time zone. It must be the same for every process that compares.
    const env = { ...process.env, LC_ALL: 'C', TZ: 'UTC' };
    return execFileSync('ps', args, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'], env });
  } catch {
    return undefined;
  }
}
