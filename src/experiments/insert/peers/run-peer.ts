import { readProcessCpuSeconds } from '../../../bench/process-cpu.js';
import type { ProcessUse } from '../../../bench/run-facts.js';
import { parseDatabaseUrl } from '../../../database/connections/database-url.js';
import type { ConnectOptions, Database } from '../../../database/index.js';
import { TablepickError } from '../../../errors.js';
import { compilePlan, readRules } from '../../../slots/index.js';
import type { SlotRange } from '../../../slots/index.js';
import { plannedDays } from '../../../slots/plan/index.js';
import type { InsertOutcome } from '../insert-job.js';
import type { PeerProgram } from './peer-programs.js';
import { runProgram } from '../../processes/run-program.js';
import { verifyLoad } from '../verify-insert.js';

/** One insert by a peer. The tables and restaurants exist already. */
export interface PeerJob {
  program: PeerProgram;
  /** Which of the program's ways, e.g. `batch`. */
  way: string;
  connection: ConnectOptions;
  range: SlotRange;
  batchRows: number;
  threads: number;
  serverPid: number | null;
}

interface PeerAnswer {
  rows: number;
  seconds: number;
  userCpuSeconds: number | null;
  systemCpuSeconds: number | null;
  peakRssBytes: number | null;
}

/**
 * Runs a peer and verifies its load as for our own ways. The peer measures its own time, without start and connecting.
 *
 * @throws `PEER_UNAVAILABLE`, `PEER_FAILED`, `SLOTS_DIFFER` or `ABORTED`; `BAD_OPTION` when the database is behind a
 * socket.
 */
export async function runPeer(database: Database, job: PeerJob, signal?: AbortSignal): Promise<InsertOutcome> {
  const { program, way, range, batchRows, threads, serverPid } = job;
  const times = await readTimes(database, range);
  const args = [way, range.from, String(range.days), times.join(','), String(batchRows), String(threads)];
  const serverBefore = serverPid === null ? null : readProcessCpuSeconds(serverPid);
  const env = connectionVariables(job.connection);
  const answer = parseAnswer(way, await runProgram({ ...program, args: [...program.args, ...args], env, signal }));
  const serverAfter = serverPid === null ? null : readProcessCpuSeconds(serverPid);
  const { rows, seconds: verifySeconds } = await verifyLoad(database, range);
  return {
    rows,
    verifySeconds,
    seconds: answer.seconds,
    details: { workers: threads, batchRows },
    client: clientUse(answer),
    serverCpuSeconds: serverBefore === null || serverAfter === null ? null : serverAfter - serverBefore,
  };
}

/** All restaurants of the experiment have the same hours every day. */
async function readTimes(database: Database, range: SlotRange): Promise<string[]> {
  const plan = await compilePlan(readRules(database), range);
  const [firstDay] = plannedDays(plan);
  return firstDay?.times.map((each) => each.time) ?? [];
}

function connectionVariables(connection: ConnectOptions): Record<string, string> {
  const address = parseDatabaseUrl(connection.url);
  if (address.socketPath !== undefined) {
    throw new TablepickError('BAD_OPTION', `the peers connect by TCP, not by socket ${address.socketPath}`, {
      hint: 'name the server by host and port, or leave the peers out',
    });
  }
  return {
    PEER_HOST: address.host,
    PEER_PORT: String(address.port),
    PEER_USER: address.user,
    PEER_PASSWORD: connection.password ?? address.password ?? '',
    PEER_DATABASE: address.database,
  };
}

function parseAnswer(way: string, output: string): PeerAnswer {
  try {
    return JSON.parse(output.trim().split('\n').at(-1) ?? '') as PeerAnswer;
  } catch (cause) {
    throw new TablepickError('PEER_FAILED', `peer ${way} answered no JSON: ${output.slice(0, 200)}`, { cause });
  }
}

function clientUse(answer: PeerAnswer): ProcessUse | null {
  const { userCpuSeconds, systemCpuSeconds, peakRssBytes } = answer;
  if (userCpuSeconds === null || systemCpuSeconds === null) return null;
  return { userCpuSeconds, systemCpuSeconds, peakRssBytes, rssSamples: [] };
}
