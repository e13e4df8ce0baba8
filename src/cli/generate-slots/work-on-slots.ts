import type { Database } from '../../database/index.js';
import { type SlotWorkerEvent, type SlotWorkerResult, startSlotWorker } from '../../slots/index.js';
import type { CommandContext } from '../command.js';
import type { DistributionOptions } from './distribution-options.js';
import { exitCodes } from '../exit-codes.js';
import { formatCount, formatFields, formatQuantity, formatSeconds } from '../output/format.js';
import type { InsertOptions } from '../options/insert-options.js';
import { withTransport } from '../connections/with-transport.js';

/** At most this many rows are printed one by one. The follower and `runs show` have all of them. */
const FAILED_ROWS_TOLD_AT_MOST = 20;
/** While the server is away, the same failure is printed once in this time. */
const SAME_FAILURE_AGAIN_MS = 10_000;

/** `tablepick generate-slots --worker` */
export async function workOnSlots(
  context: CommandContext,
  database: Database,
  options: DistributionOptions & Pick<InsertOptions, 'workers'>,
): Promise<number> {
  const { workers, topic, untilIdle } = options;
  const describe = describer();
  const onEvent = (event: SlotWorkerEvent): void => {
    const line = describe(event);
    if (line !== undefined) context.output.note(line);
  };
  context.stop.describe(() => 'finishing the chunks in flight; press Ctrl-C again to abort');
  const result = await withTransport(context, { ...options, database }, async (transport) => {
    const { signal } = context.stop;
    const worker = await startSlotWorker({
      database,
      transport,
      topic,
      workers,
      untilIdleMs: untilIdle,
      signal,
      onEvent,
    });
    return worker.ended;
  });
  context.output.result(result, () => describeResult(result));
  return context.stop.exitCode() ?? exitCodes.done;
}

function describer(): (event: SlotWorkerEvent) => string | undefined {
  let failedRows = 0;
  const toldMs = new Map<string, number>();
  return (event) => {
    switch (event.kind) {
      case 'ready':
        return `${formatQuantity(event.workers, 'worker')} ready for chunks of ${event.topic}`;
      case 'chunk-done':
        return `run ${event.runId}: chunk ${event.chunk}, ${formatQuantity(event.rows, 'row')}`;
      case 'row-failed':
        failedRows += 1;
        return failedRows > FAILED_ROWS_TOLD_AT_MOST ? undefined : describeFailedRow(event);
      case 'retry':
        return describeRetry(event);
      case 'refused':
        return describeRefusal(event);
      case 'run-finished':
        return `run ${event.runId} is finished; prove it with: tablepick slots verify`;
      case 'failed':
        return describeFailure(event.error, toldMs);
      case 'chunk-started':
      case 'chunk-skipped':
        return undefined;
    }
  };
}

type Told<Kind extends SlotWorkerEvent['kind']> = Extract<SlotWorkerEvent, { kind: Kind }>;

function describeFailedRow({ restaurantId, date, time, message }: Told<'row-failed'>): string {
  return `row failed: restaurant ${restaurantId}, ${date} ${time}: ${message}`;
}

function describeRetry({ code, message, waitMs }: Told<'retry'>): string | undefined {
  return code === 'CONFLICT' ? undefined : `${message}; trying again in ${formatSeconds(waitMs / 1000)}`;
}

function describeRefusal({ runId, message, hint }: Told<'refused'>): string {
  return `run ${runId} is skipped: ${message}${hint === undefined ? '' : `; ${hint}`}`;
}

function describeFailure(error: unknown, toldMs: Map<string, number>): string | undefined {
  const text = error instanceof Error ? error.message : String(error);
  if (performance.now() - (toldMs.get(text) ?? -Infinity) < SAME_FAILURE_AGAIN_MS) return undefined;
  toldMs.set(text, performance.now());
  return text;
}

function describeResult(result: SlotWorkerResult): string[] {
  const { chunks, skipped, refused, inserted, existing, failed, retries } = result;
  return formatFields(
    Object.entries({ chunks, skipped, refused, inserted, existing, failed, retries }).map(([name, count]) => [
      name,
      formatCount(count),
    ]),
  );
}
