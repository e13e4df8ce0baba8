import type { Database } from '../../database/index.js';
import { type DistributeEvent, type DistributeResult, distributeRun, readRules } from '../../slots/index.js';
import type { SlotRange, VerifyReport } from '../../slots/index.js';
import type { CommandContext } from '../command.js';
import { describeProof } from './describe-generation.js';
import { exitCodes } from '../exit-codes.js';
import { formatCount, formatFields, formatQuantity, formatSeconds } from '../output/format.js';
import { type GenerationProgress, applyEvent, emptyProgress } from './generation-progress.js';
import { describeRestaurants } from '../options/option-values.js';
import { drawGeneration } from '../output/progress-picture.js';
import { describeEvent, isExplained } from './run-generation.js';
import { withProgress } from '../output/show-progress.js';
import { withTransport } from '../connections/with-transport.js';
import type { GenerateOptions } from './generate-slots-command.js';

/** `tablepick generate-slots --distribute` */
export async function distributeSlots(
  context: CommandContext,
  database: Database,
  options: GenerateOptions & { range: SlotRange },
): Promise<number> {
  const { range, overnight, strategy, batchRows, workers, verify, restart, restaurants, topic, wait } = options;
  const followed = watch(context);
  const result = await withTransport(context, { ...options, database }, (transport) =>
    withProgress(context, followed.draw, () =>
      distributeRun({
        database,
        transport,
        topic,
        wait,
        range,
        overnight,
        strategy,
        batchRows,
        workers,
        verify,
        restart,
        rules: readRules(database, { restaurantIds: restaurants }),
        selection: describeRestaurants(restaurants),
        signal: context.stop.signal,
        onEvent: followed.onEvent,
      }),
    ),
  );
  const report = followed.report();
  context.output.result(fieldsOf(result, report), () => describe(result, report));
  return exitCodeOf(context, result, report);
}

interface Followed {
  onEvent(event: DistributeEvent): void;
  draw: () => ReturnType<typeof drawGeneration>;
  report(): VerifyReport | undefined;
}

function watch({ output, stop }: CommandContext): Followed {
  const progress = emptyProgress();
  let report: VerifyReport | undefined;
  stop.describe(() => describeStop(progress));
  return {
    onEvent: (event) => {
      if (event.kind === 'verified') report = event.report;
      if (event.kind !== 'published' && event.kind !== 'attended') applyEvent(progress, event, performance.now());
      const line = describeFollowed(event, progress);
      if (line !== undefined) output.note(line);
    },
    draw: () => {
      const picture = drawGeneration(progress, performance.now());
      // The bars below the first are for connections of this process, and it has none.
      return picture && [picture[0]];
    },
    report: () => report,
  };
}

function describeFollowed(event: DistributeEvent, progress: GenerationProgress): string | undefined {
  if (event.kind === 'strategy') return `strategy ${event.strategy} (${event.reason}), at the workers`;
  if (event.kind === 'published') return `${formatQuantity(event.chunks, 'chunk')} handed out through ${event.topic}`;
  if (event.kind !== 'attended') return describeEvent(event, progress);
  return event.workers === 0
    ? 'no worker is at it; start one on any machine with: tablepick generate-slots --worker'
    : `${formatQuantity(event.workers, 'worker')} at it`;
}

function describeStop(progress: GenerationProgress): string {
  if (progress.runId === undefined)
    return 'stopping before anything was handed out; press Ctrl-C again to abort at once';
  if (progress.rowsChecked !== undefined)
    return 'all slots are in; stopping the proof, do it later with: tablepick slots verify';
  return `no longer following run ${progress.runId}: it goes on at the workers; the same command follows it again`;
}

function fieldsOf(result: DistributeResult, report: VerifyReport | undefined): object {
  const { seconds, rowsPerSecond } = result;
  const rounded = { seconds: Number(seconds.toFixed(3)), rowsPerSecond: Math.round(rowsPerSecond) };
  return { ...result, ...rounded, ...(report?.ok === false ? { verifyReport: report } : {}) };
}

function describe(result: DistributeResult, report: VerifyReport | undefined): string[] {
  const { runId, strategy, workers, published, planned, inserted, existing, failed, seconds, rowsPerSecond } = result;
  const done = [
    ['planned', formatCount(planned)],
    ['inserted', formatCount(inserted)],
    ['existing', formatCount(existing)],
    ['failed', formatCount(failed)],
  ] satisfies [string, string][];
  return [
    ...formatFields([
      ['run', String(runId)],
      ['strategy', strategy],
      ['handed out', formatQuantity(published, 'chunk')],
      ['workers', formatCount(workers)],
      ...done,
      ['took', formatSeconds(seconds)],
      ['rows/s', formatCount(rowsPerSecond)],
    ]),
    ...describeEnd(result, report),
  ];
}

function describeEnd({ state, runId, failed }: DistributeResult, report: VerifyReport | undefined): string[] {
  if (state === 'published') return [`handed out; look at it with: tablepick runs show ${runId}`];
  if (state === 'stopped') return [`not followed any more; it goes on at the workers: tablepick runs show ${runId}`];
  if (failed > 0 && report === undefined) return [`rows failed: tablepick runs show ${runId} lists them`];
  return report === undefined ? [] : describeProof(report);
}

function exitCodeOf(context: CommandContext, result: DistributeResult, report: VerifyReport | undefined): number {
  if (result.state === 'published') return exitCodes.done;
  if (result.state === 'stopped') return context.stop.exitCode() ?? exitCodes.failed;
  if (result.verified === false && !isExplained(result, report)) return exitCodes.broken;
  return result.failed > 0 ? exitCodes.failed : exitCodes.done;
}
