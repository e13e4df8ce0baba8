import { sleepUnlessAborted } from '../../abort/sleep-unless-aborted.js';
import {
  type DeadLetterCount,
  type OutboxStatus,
  type RelayedBy,
  countDeadLetters,
  outboxStatus,
} from '../../messaging/index.js';
import type { Database } from '../../database/index.js';
import { type SagaBacklog, countPaidLate, readSagaBacklog } from '../../saga/index.js';
import { describeBacklog } from '../saga/describe-backlog.js';
import type { CommandContext, OptionsOfCommand } from '../command.js';
import { nameGroup } from '../dead-letters/describe-dead-letters.js';
import { exitCodes } from '../exit-codes.js';
import { formatCount, formatSeconds } from '../output/format.js';
import { type Service, type ServiceName, withServices } from '../connections/with-services.js';
import type { outboxStatusCommand } from './outbox-status-command.js';

type Options = OptionsOfCommand<typeof outboxStatusCommand>;

interface ServiceStatus extends OutboxStatus {
  service: ServiceName;
  relayedBy: RelayedBy;
  deadLetters: DeadLetterCount[];
  /** What waits for its payment. Of the reservation side. */
  backlog?: SagaBacklog & { paidLate: number };
}

/** `tablepick outbox status`: once, or repeatedly until a signal. */
export async function runOutboxStatus(context: CommandContext, options: Options): Promise<number> {
  return withServices(context, { ...options, poolSize: 1 }, async (services) => {
    const look = (): Promise<ServiceStatus[]> => readAll(services, options.relay);
    if (options.every !== undefined) return watch(context, look, options.every);
    tell(context, await look());
    return exitCodes.done;
  });
}

/** Prints a line of data for each look. With `--json` it is a note, and the last look is the one object. */
async function watch(context: CommandContext, look: () => Promise<ServiceStatus[]>, everyMs: number): Promise<number> {
  const { output, stop } = context;
  stop.describe(() => 'ending; press Ctrl-C again to abort at once');
  const say = output.json ? output.note : (line: string) => output.result({}, () => line);
  let last: ServiceStatus[] = [];
  while (!stop.signal.aborted) {
    last = await look();
    for (const line of last.map(describe)) say(line);
    await sleepUnlessAborted(everyMs, stop.signal);
  }
  if (output.json) tell(context, last);
  return stop.exitCode() ?? exitCodes.done;
}

function readAll(services: readonly Service[], relayedBy: RelayedBy): Promise<ServiceStatus[]> {
  return Promise.all(
    services.map(async ({ service, database }) => ({
      service,
      relayedBy,
      ...(await outboxStatus(database)),
      deadLetters: await countDeadLetters(database),
      ...(service === 'reservation' ? { backlog: await readBacklog(database) } : {}),
    })),
  );
}

async function readBacklog(database: Database): Promise<SagaBacklog & { paidLate: number }> {
  return { ...(await readSagaBacklog(database)), paidLate: await countPaidLate(database) };
}

function tell(context: CommandContext, services: ServiceStatus[]): void {
  context.output.result({ services }, () => services.flatMap((status) => [describe(status), ...describeDead(status)]));
}

function describe({
  service,
  relayedBy,
  pending,
  oldestSeconds,
  refused,
  deadLetters,
  backlog,
}: ServiceStatus): string {
  const dead = deadLetters.reduce((sum, { count }) => sum + count, 0);
  const oldest = oldestSeconds === null ? '' : `, the oldest ${formatSeconds(oldestSeconds)}`;
  return [
    relayedBy === 'debezium'
      ? `${service}: ${formatCount(pending)} rows; which of them Debezium has sent, only its own lag tells`
      : `${service}: ${formatCount(pending)} pending${oldest}`,
    `${formatCount(refused)} refused`,
    `${formatCount(dead)} dead`,
    ...(backlog === undefined ? [] : [describeBacklog(backlog)]),
  ].join('; ');
}

function describeDead({ deadLetters }: ServiceStatus): string[] {
  return deadLetters.map(({ group, reason, count }) => `  dead  ${nameGroup(group)}  ${reason}  ${formatCount(count)}`);
}
