import { withDeadline } from '../../abort/deadline.js';
import type { Database } from '../../database/index.js';
import {
  type LockWatchEvent,
  type LockWatchTotals,
  readLastDeadlock,
  readLockWaits,
  watchLocks,
} from '../../observe/index.js';
import type { CommandContext, OptionsOfCommand } from '../command.js';
import { describeChange, describeDeadlock, describeHottest, describeTotals, describeWaits } from './describe-locks.js';
import { exitCodes } from '../exit-codes.js';
import { withDatabase } from '../connections/with-database.js';
import type { locksWatchCommand } from './locks-watch-command.js';

type Options = OptionsOfCommand<typeof locksWatchCommand>;

/** `tablepick locks watch`: done after `--for` and `--once`, the signal's code after Ctrl-C. */
export async function runLocksWatch(context: CommandContext, options: Options): Promise<number> {
  return withDatabase(context, { ...options, poolSize: 2 }, ({ database }) =>
    options.once ? lookOnce(context, database, options) : watch(context, database, options),
  );
}

async function lookOnce(context: CommandContext, database: Database, { top }: Options): Promise<number> {
  const waits = await readLockWaits(database, context.stop.signal);
  const lastDeadlock = await readLastDeadlock(database, context.stop.signal);
  context.output.result({ waits, lastDeadlock }, () => [
    ...describeWaits(waits, top),
    '',
    ...describeDeadlock(lastDeadlock),
  ]);
  return exitCodes.done;
}

async function watch(context: CommandContext, database: Database, options: Options): Promise<number> {
  const { interval, top } = options;
  context.stop.describe(() => 'ending the watch; press Ctrl-C again to abort at once');
  const isScreen = process.stdout.isTTY && !context.output.json;
  const onEvent = isScreen ? drawScreen(context, top) : tellChanges(context);
  const totals = await untilEnd(context, options.for, (signal) =>
    watchLocks(database, { intervalMs: interval, signal, onEvent }),
  );
  context.output.result(totals, () => ['', ...describeEnd(totals, top)]);
  return context.stop.exitCode() ?? exitCodes.done;
}

/**
 * Runs `work` with a signal that fires at Ctrl-C or after `forMs`. The timer is our own: on Node 20, an
 * `AbortSignal.timeout` in an `AbortSignal.any` may be collected and then never fires.
 */
async function untilEnd<T>(
  { stop }: CommandContext,
  forMs: number | undefined,
  work: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  if (forMs === undefined) return work(stop.signal);
  return withDeadline({ timeoutMs: forMs, signals: [stop.signal] }, work);
}

const CLEAR_SCREEN = '\u001B[H\u001B[J';

/** On a terminal, each look replaces the one before. */
function drawScreen(context: CommandContext, top: number): (event: LockWatchEvent) => void {
  return (event) => {
    if (event.kind !== 'looked') return;
    const lines = [...describeWaits(event.waits, top), '', ...describeEnd(event.totals, top)].map(fitToScreen);
    context.output.result({}, () => [`${CLEAR_SCREEN}${lines[0]}`, ...lines.slice(1)]);
  };
}

function fitToScreen(line: string): string {
  return line.slice(0, process.stdout.columns);
}

/** Without a terminal, every change is a line: data, or with `--json` a note beside the one object. */
function tellChanges({ output }: CommandContext): (event: LockWatchEvent) => void {
  const tell = output.json ? output.note : (line: string) => output.result({}, () => line);
  return (event) => {
    for (const line of describeEvent(event)) tell(line);
  };
}

function describeEvent(event: LockWatchEvent): string[] {
  switch (event.kind) {
    case 'wait-began':
      return [describeChange(event.wait)];
    case 'wait-ended':
      return [describeChange(event.wait, event.waitedMs)];
    case 'deadlock':
      return describeDeadlock(event.deadlock);
    case 'looked':
      return [];
  }
}

function describeEnd(totals: LockWatchTotals, top: number): string[] {
  const hottest = describeHottest(totals.hottest, top);
  const deadlock = describeDeadlock(totals.lastDeadlock);
  return [...hottest, ...(hottest.length > 0 ? [''] : []), ...deadlock, '', describeTotals(totals)];
}
