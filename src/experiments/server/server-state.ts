import type { LoadMeasurement } from '../../bench/load/load-result.js';
import { readProcessCpuSeconds } from '../../bench/process-cpu.js';
import type { Experiment } from '../record/experiment.js';
import { type ServerCounters, countsBetween, readServerCounters } from './server-counters.js';

/** The server's counts and CPU time at one moment. */
export interface ServerState {
  counters: ServerCounters;
  cpuSeconds: number | null;
}

/** Reads the counts and the CPU time of the experiment's server. */
export async function readServerState({
  database,
  serverPid,
}: Pick<Experiment, 'database' | 'serverPid'>): Promise<ServerState> {
  return {
    counters: await readServerCounters(database),
    cpuSeconds: serverPid === null ? null : readProcessCpuSeconds(serverPid),
  };
}

/** The server's counts and CPU time between `before` and `after`. */
export function serverUseBetween(
  before: ServerState,
  after: ServerState,
): Pick<LoadMeasurement, 'server' | 'serverCpuSeconds'> {
  const [earlier, later] = [before.cpuSeconds, after.cpuSeconds];
  return {
    server: countsBetween(before.counters, after.counters),
    serverCpuSeconds: earlier === null || later === null ? null : later - earlier,
  };
}
