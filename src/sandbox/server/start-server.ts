import { spawn } from 'node:child_process';
import { closeSync, fstatSync, mkdirSync, openSync, readFileSync, rmSync } from 'node:fs';

import { TablepickError } from '../../errors.js';
import type { Engine, ServerPlace, ServerProgram } from '../engines/engine.js';
import { findFreePort, findFreePortBeside } from './free-port.js';
import type { InstanceFolder } from '../instance/instance-folder.js';
import { makeInstancePassword } from '../instance/instance-password.js';
import { planLaunch, type LaunchPlan } from './launch-plan.js';
import { lineOfFullDisk } from '../instance/name-full-disk.js';
import { readStartTime } from './process-identity.js';
import { lastLines } from '../programs/run-command.js';
import type { SandboxOptions } from '../sandbox.js';
import { measureServerSize } from './server-size.js';
import { readState, writeState, type ServerState } from './server-state.js';
import { canEnd, signalServer } from './stop-server.js';
import { READY_WITHIN_MS, waitForGreeting } from './wait-for-greeting.js';
import { writePrivateFile } from '../instance/write-private-file.js';

/** Settings of {@link startServer}. */
export interface StartServerInput {
  engine: Engine;
  program: ServerProgram;
  folder: InstanceFolder;
  options: SandboxOptions;
}

const PORT_ATTEMPTS = 5;
const ABORT_WITHIN_MS = 30_000;

/**
 * Starts the server and waits until it is ready. The caller holds the instance's lock, and no server runs there.
 *
 * @throws `SANDBOX_FAILED` with the last lines of the log when it ends or is not ready within three minutes; `ABORTED`
 * when `signal` fires.
 */
export async function startServer(input: StartServerInput): Promise<ServerState> {
  for (let attempt = 1; ; attempt += 1) {
    const port = await findFreePort(attempt === 1 ? readState(input.folder.statePath)?.port : undefined);
    const launched = launch(input, { port, innerPort: await findFreePortBeside(port) });
    const ready = await confirmStart(input, launched);
    if (ready !== undefined) return ready;
    const log = readLog(input.folder.logPath, launched.logStart);
    if (attempt === PORT_ATTEMPTS || !input.engine.lostPort(log)) throw endedEarly(input, log);
  }
}

/**
 * Waits until a running server is ready and returns its state. The process that started it may have died before that.
 *
 * @returns Undefined when it has ended.
 * @throws `SANDBOX_FAILED` when it is not ready within three minutes; `ABORTED` when `signal` fires.
 */
export async function waitUntilReady(
  state: ServerState,
  { engine, folder, options }: Omit<StartServerInput, 'program'>,
): Promise<ServerState | undefined> {
  const greeting = await waitForGreeting(state, engine, {
    folder,
    withinMs: READY_WITHIN_MS,
    signal: options.signal,
  });
  if (greeting.kind === 'late') throw notReady(state, folder);
  return greeting.kind === 'ready' ? { ...state, version: greeting.version } : undefined;
}

interface Launched {
  state: ServerState;
  /** Bytes the log had before. */
  logStart: number;
}

function launch(input: StartServerInput, ports: Pick<ServerPlace, 'port' | 'innerPort'>): Launched {
  const { engine, program, folder, options } = input;
  writePrivateFile(folder.startFile, engine.startFileText(makeInstancePassword(folder)));
  for (const made of [folder.filesDir, folder.tmpDir]) mkdirSync(made, { recursive: true, mode: 0o700 });
  removeLeftovers(folder);
  const plan = planLaunch({
    engine,
    program,
    place: { ...folder, ...ports },
    size: measureServerSize(folder.folder),
    serverOptions: options.serverOptions ?? [],
  });
  const gated = spawnGated(plan.command, folder);
  const state = describeState({ plan, program, port: ports.port, pid: gated.pid });
  writeState(folder.statePath, state);
  gated.open();
  return { state, logStart: gated.logStart };
}

/**
 * After a crash, MySQL does not start while the pid in the socket's lock file is alive, even if it is another program's
 * pid.
 */
function removeLeftovers(folder: InstanceFolder): void {
  for (const ending of ['', '.lock']) rmSync(`${folder.socketPath}${ending}`, { force: true });
}

function describeState(started: { plan: LaunchPlan; program: ServerProgram; port: number; pid: number }): ServerState {
  const { plan, program, port, pid } = started;
  return {
    pid,
    startTime: readStartTime(pid) ?? '',
    mark: plan.mark,
    port,
    socketPath: 'path' in plan.address ? plan.address.path : undefined,
    version: program.version,
    source: program.source,
    path: program.path,
    stopping: false,
  };
}

interface Gated {
  /** The later pid of the server. The server begins when the gate is opened. */
  pid: number;
  /** Bytes the log had before. */
  logStart: number;
  open(): void;
}

/**
 * A shell that becomes the server after it reads a line. So the pid is stored before the server runs. When this process
 * dies before that, the shell's input ends and the shell ends too. So no unknown server works on the data.
 */
const GATE = 'read -r word && exec "$@" </dev/null';

/** Starts the shell in its own session, so that Ctrl-C in the terminal ends the command and not the server. */
function spawnGated(command: readonly string[], folder: InstanceFolder): Gated {
  const log = openSync(folder.logPath, 'a', 0o600);
  try {
    const logStart = fstatSync(log).size;
    // A server's time zone must not depend on the command that starts it.
    const env = { ...process.env, TZ: undefined };
    const child = spawn('/bin/sh', ['-c', GATE, 'sh', ...command], {
      detached: true,
      stdio: ['pipe', log, log],
      cwd: folder.folder,
      env,
    });
    // When the shell is missing or ends too early, its pid and its log show it.
    child.on('error', () => {});
    child.stdin?.on('error', () => {});
    child.unref();
    return { pid: child.pid ?? 0, logStart, open: () => child.stdin?.end('start\n') };
  } finally {
    closeSync(log);
  }
}

async function confirmStart(input: StartServerInput, launched: Launched): Promise<ServerState | undefined> {
  try {
    const ready = await waitUntilReady(launched.state, input);
    if (ready !== undefined) writeState(input.folder.statePath, ready);
    return ready;
  } catch (error) {
    // When it is not ready by then, it stays up. The next command adopts it and stops it.
    if (await canEnd(launched.state, input, ABORT_WITHIN_MS)) signalServer(input.engine, input.folder);
    throw error;
  }
}

function readLog(path: string, from: number): string {
  return readFileSync(path).subarray(from).toString('utf8');
}

function endedEarly({ engine, program, folder }: StartServerInput, log: string): TablepickError {
  const errors = log.split('\n').filter((line) => engine.errorLine.test(line));
  const said = lineOfFullDisk(log) || lastLines(errors.length > 0 ? errors.join('\n') : log) || 'it said nothing';
  return new TablepickError(
    'SANDBOX_FAILED',
    `starting ${program.path} ${program.version} on ${folder.dataDir}: the server ended at once: ${said}`,
    {
      hint: `The whole log is ${folder.logPath}. If the data is not needed: tablepick sandbox reset ${engine.name}.`,
    },
  );
}

function notReady(state: ServerState, folder: InstanceFolder): TablepickError {
  return new TablepickError(
    'SANDBOX_FAILED',
    `starting ${state.path} on ${folder.dataDir}: not ready after ${READY_WITHIN_MS / 1000} s: ${lastLines(readLog(folder.logPath, 0), 2)}`,
    {
      hint: `The whole log is ${folder.logPath}. To end the server: kill -9 ${state.pid}; committed rows survive that.`,
    },
  );
}
