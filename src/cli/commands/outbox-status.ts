import { sleepUnlessAborted } from '../../abort/sleep-unless-aborted.js';
import { type DeadLetterCount, type OutboxStatus, countDeadLetters, outboxStatus } from '../../messaging/index.js';
import type { CommandContext } from '../command.js';
import { nameGroup } from '../describe-letters.js';
import { exitCodes } from '../exit-codes.js';
import { formatCount, formatSeconds } from '../format.js';
import { type Service, type ServiceName, type ServiceOptions, withServices } from '../with-services.js';

interface ServiceStatus extends OutboxStatus {
  service: ServiceName;
  deadLetters: DeadLetterCount[];
}

/** `tablepick outbox status`: once, or every so often until a signal. */
export async function outboxStatusCommand(
  context: CommandContext,
  options: ServiceOptions & { every?: number },
): Promise<number> {
  return withServices(context, { ...options, poolSize: 1 }, async (services) => {
    if (options.every !== undefined) return watch(context, services, options.every);
    tell(context, await readAll(services));
    return exitCodes.done;
  });
}

/** A line of data for each look; with `--json` a note beside the one object, which is the last look. */
async function watch(context: CommandContext, services: Service[], everyMs: number): Promise<number> {
  const { output, stop } = context;
  stop.describe(() => 'ending; press Ctrl-C again to abort at once');
  const say = output.json ? output.note : (line: string) => output.result({}, () => line);
  let last: ServiceStatus[] = [];
  while (!stop.signal.aborted) {
    last = await readAll(services);
    for (const line of last.map(describe)) say(line);
    await sleepUnlessAborted(everyMs, stop.signal);
  }
  if (output.json) tell(context, last);
  return stop.exitCode() ?? exitCodes.done;
}

function readAll(services: readonly Service[]): Promise<ServiceStatus[]> {
  return Promise.all(
    services.map(async ({ service, database }) => ({
      service,
      ...(await outboxStatus(database)),
      deadLetters: await countDeadLetters(database),
    })),
  );
}

function tell(context: CommandContext, services: ServiceStatus[]): void {
  context.output.result({ services }, () => services.flatMap((status) => [describe(status), ...describeDead(status)]));
}

function describe({ service, pending, oldestSeconds, refused, deadLetters }: ServiceStatus): string {
  const dead = deadLetters.reduce((sum, { count }) => sum + count, 0);
  const oldest = oldestSeconds === null ? '' : `, the oldest ${formatSeconds(oldestSeconds)}`;
  return [
    `${service}: ${formatCount(pending)} pending${oldest}`,
    `${formatCount(refused)} refused`,
    `${formatCount(dead)} dead`,
  ].join('; ');
}

function describeDead({ deadLetters }: ServiceStatus): string[] {
  return deadLetters.map(({ group, reason, count }) => `  dead  ${nameGroup(group)}  ${reason}  ${formatCount(count)}`);
}
