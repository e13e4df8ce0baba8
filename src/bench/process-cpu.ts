import { readFileSync } from 'node:fs';

/**
 * Clock ticks a second in `/proc/<pid>/stat`.
 *
 * @source proc_pid_stat(5) and sysconf(3): USER_HZ is 100 on every Linux architecture that Node runs on.
 */
const TICKS_PER_SECOND = 100;

/** CPU seconds, user and system, that process `pid` has used since its start; null without a readable `/proc`. */
export function readProcessCpuSeconds(pid: number): number | null {
  try {
    return parseCpuSeconds(readFileSync(`/proc/${String(pid)}/stat`, 'utf8'));
  } catch {
    return null;
  }
}

/** The CPU seconds in the text of a `/proc/<pid>/stat`; null when the text is something else. */
export function parseCpuSeconds(stat: string): number | null {
  // The command's name may contain spaces and parentheses: fields count from the last parenthesis.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  const ticks = Number(fields[11]) + Number(fields[12]);
  return Number.isFinite(ticks) ? ticks / TICKS_PER_SECOND : null;
}
