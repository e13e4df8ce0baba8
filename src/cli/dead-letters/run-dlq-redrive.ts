import { TablepickError } from '../../errors.js';
import { type DeadLetterChoice, type RedriveResult, redriveDeadLetters } from '../../messaging/index.js';
import type { CommandContext, OptionsOfCommand } from '../command.js';
import { confirm } from '../output/confirm.js';
import { filterOf, hasFilter } from './dead-letter-options.js';
import { describeRedrive } from './describe-dead-letters.js';
import { exitCodes } from '../exit-codes.js';
import { formatCount, formatQuantity } from '../output/format.js';
import { findOwner } from './find-owner.js';
import { withProgress } from '../output/show-progress.js';
import { type Service, type ServiceName, withServices } from '../connections/with-services.js';
import type { dlqRedriveCommand } from './dlq-redrive-command.js';

type Options = OptionsOfCommand<typeof dlqRedriveCommand>;

type ServiceResult = RedriveResult & { service: ServiceName };

interface Job {
  context: CommandContext;
  services: Service[];
  choice: DeadLetterChoice;
  options: Options;
}

/** `tablepick dlq redrive`: looks first, asks when there are several (unless told not to), then redrives. */
export async function runDlqRedrive(
  context: CommandContext,
  options: Options,
  ids: number[] | undefined,
): Promise<number> {
  const choice = choose(ids, options);
  return withServices(context, { ...options, poolSize: 2, mustWrite: !options.dryRun }, async (found) => {
    const services = ids === undefined ? found : [await findOwner(found, ids)];
    const job = { context, services, choice, options };
    const preview = await redriveEach(job, { dryRun: true });
    const total = sum(preview, ({ redriven }) => redriven);
    if (options.dryRun || total === 0) return tell(job, preview, true);
    if (total > 1 && !options.yes) await ask(context, preview, total);
    return tell(job, await redriveShown(job, total), false);
  });
}

function choose(ids: number[] | undefined, options: Options): DeadLetterChoice {
  const named = [ids !== undefined, hasFilter(options), options.all === true].filter(Boolean).length;
  if (named !== 1) {
    throw new TablepickError('BAD_OPTION', `name ${named === 0 ? '' : 'either '}ids, a filter or --all`, {
      hint: 'for example tablepick dlq redrive 17,18 or tablepick dlq redrive --group payments; --dry-run tells what would happen',
    });
  }
  if (ids !== undefined && options.service === 'all') {
    throw new TablepickError('BAD_OPTION', 'ids are those of one service, --service says all', {
      hint: '--service reservation or --service payment',
    });
  }
  return { ...filterOf(options), ids, limit: options.limit };
}

async function ask(context: CommandContext, preview: readonly ServiceResult[], total: number): Promise<void> {
  for (const line of describe(preview, true)) context.output.note(line);
  context.stop.signal.throwIfAborted();
  await confirm(context, {
    question: `redrive ${formatQuantity(total, 'letter')}?`,
    command: 'the same command with --yes',
  });
}

/** Redrives with its progress on stderr. */
async function redriveShown(job: Job, total: number): Promise<ServiceResult[]> {
  const { context } = job;
  let done = 0;
  context.stop.describe(() => 'finishing the letters in flight; press Ctrl-C again to abort');
  return withProgress(
    context,
    () => [{ label: 'redriving', done, total, detail: `${formatCount(done)} of ${formatCount(total)} letters` }],
    () => redriveEach(job, { dryRun: false, onRedriven: () => void (done += 1) }),
  );
}

async function redriveEach(
  { context, services, choice, options }: Job,
  { dryRun, onRedriven }: { dryRun: boolean; onRedriven?: () => void },
): Promise<ServiceResult[]> {
  const results: ServiceResult[] = [];
  for (const { service, database } of services) {
    const result = await redriveDeadLetters(database, choice, {
      dryRun,
      ratePerSecond: options.rate,
      mostRedrives: options.mostRedrives,
      force: options.force,
      signal: context.stop.signal,
      onEvent: ({ kind }) => void (kind === 'redriven' && onRedriven?.()),
    });
    results.push({ service, ...result });
  }
  return results;
}

function tell({ context, options }: Job, results: readonly ServiceResult[], isPreview: boolean): number {
  const dryRun = options.dryRun === true;
  context.output.result({ dryRun, services: results }, () => describe(results, isPreview && dryRun));
  if (sum(results, ({ redriven }) => redriven) > 0 && !isPreview) {
    context.output.note(
      'they are in the outbox; what sends them is a relay: tablepick outbox relay, or tablepick serve',
    );
  }
  const wasStopped = context.stop.exitCode();
  if (wasStopped !== undefined) return wasStopped;
  return !dryRun && sum(results, ({ refused }) => refused.length) > 0 ? exitCodes.refused : exitCodes.done;
}

function describe(results: readonly ServiceResult[], isDryRun: boolean): string[] {
  const touched = results.filter(({ redriven, refused, skipped, left }) => redriven + refused.length + skipped + left);
  if (touched.length === 0) return ['no dead letter fits; nothing was redriven'];
  return touched.flatMap((result) => describeRedrive(result, isDryRun));
}

function sum(results: readonly ServiceResult[], count: (result: ServiceResult) => number): number {
  return results.reduce((total, result) => total + count(result), 0);
}
