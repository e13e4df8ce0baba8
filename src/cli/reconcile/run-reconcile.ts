import { closeAfter } from '../../closing.js';
import { sleepUnlessAborted } from '../../abort/sleep-unless-aborted.js';
import type { PaymentGateway } from '../../payments/index.js';
import { createHttpGateway } from '../../payments/gateway/http-gateway.js';
import {
  type ReconcileOptions,
  type ReconcileProgress,
  type ReconcileResult,
  reconcile,
} from '../../reconcile/index.js';
import { createReservations } from '../../reservations/index.js';
import { recordSaga } from '../../saga/index.js';
import type { CommandContext, OptionsOfCommand } from '../command.js';
import { describeReconciliation, describeRound } from './describe-reconcile.js';
import { exitCodes } from '../exit-codes.js';
import { formatQuantity } from '../output/format.js';
import { redisSettings } from '../options/redis-options.js';
import type { ProgressPicture } from '../output/progress-picture.js';
import { withProgress } from '../output/show-progress.js';
import { type BothDatabases, withBothDatabases } from '../connections/with-payment-database.js';
import { openFindingsFile } from './write-findings.js';
import type { reconcileCommand } from './reconcile-command.js';

type Options = OptionsOfCommand<typeof reconcileCommand>;

type RunRound = () => Promise<ReconcileResult>;

/** `tablepick reconcile`: done when nothing is left, 3 when something is left; with `--every` the signal's code. */
export async function runReconcile(context: CommandContext, options: Options): Promise<number> {
  return withGateway(options, (gateway) =>
    withBothDatabases(context, { ...options, mustWrite: options.fix === true }, async (both) => {
      const reservations = createReservations({
        database: both.database,
        recordChanges: recordSaga(),
        ...redisSettings(options),
      });
      const settings = settingsOf(context, options, { both, reservations, gateway });
      const runRound = () => runReported(options.report, settings);
      return closeAfter(
        () => reservations.close(),
        () =>
          options.every === undefined ? runOnce(context, settings, runRound) : keepOn(context, options.every, runRound),
      );
    }),
  );
}

async function withGateway<T>(
  { gatewayUrl }: Options,
  work: (gateway: PaymentGateway | undefined) => Promise<T>,
): Promise<T> {
  const url = gatewayUrl ?? process.env.TABLEPICK_GATEWAY_URL;
  if (url === undefined) return work(undefined);
  const gateway = createHttpGateway({ url });
  try {
    return await work(gateway);
  } finally {
    gateway.close();
  }
}

interface Parties {
  both: BothDatabases;
  reservations: ReconcileOptions['reservations'];
  gateway: PaymentGateway | undefined;
}

function settingsOf(
  { stop }: CommandContext,
  { fix, olderThan: olderThanMs, limit, comparePaid, relay: relayedBy }: Options,
  { both, reservations, gateway }: Parties,
): ReconcileOptions {
  const { database: reservationDatabase, payments: paymentDatabase } = both;
  const { signal } = stop;
  return {
    reservationDatabase,
    paymentDatabase,
    reservations,
    gateway,
    relayedBy,
    fix,
    olderThanMs,
    limit,
    comparePaid,
    signal,
  };
}

async function runReported(file: string | undefined, settings: ReconcileOptions): Promise<ReconcileResult> {
  if (file === undefined) return reconcile(settings);
  const findings = await openFindingsFile(file);
  return closeAfter(
    () => findings.close(),
    async () => {
      const result = await reconcile({ ...settings, onFinding: (finding) => findings.add(finding) });
      await findings.finish(result);
      return result;
    },
  );
}

async function runOnce(context: CommandContext, settings: ReconcileOptions, runRound: RunRound): Promise<number> {
  let progress: ReconcileProgress | undefined;
  settings.onProgress = (now) => void (progress = now);
  const result = await withProgress(context, () => progress && drawProgress(progress), runRound);
  context.output.result(result, () => describeReconciliation(result));
  return result.ok ? exitCodes.done : exitCodes.broken;
}

function drawProgress({ reservations, payments, upToId, lastId }: ReconcileProgress): ProgressPicture {
  const detail = `${formatQuantity(reservations, 'reservation')} and ${formatQuantity(payments, 'payment')}`;
  return [{ label: 'comparing', done: upToId, total: lastId, detail }];
}

/** Prints a line for each round. A failed round is printed, and the next round runs all the same. */
async function keepOn({ output, stop }: CommandContext, everyMs: number, runRound: RunRound): Promise<number> {
  stop.describe(() => 'stopping after what is under way; press Ctrl-C again to abort');
  let rounds = 0;
  let last: ReconcileResult | undefined;
  while (!stop.signal.aborted) {
    const result = await runRound().catch((error: unknown) => {
      if (!stop.signal.aborted) output.complain(`error: ${String(error)}; the next round tries again`);
      return undefined;
    });
    last = result ?? last;
    rounds += 1;
    if (result !== undefined) output.note(describeRound(result));
    await sleepUnlessAborted(everyMs, stop.signal);
  }
  output.result({ rounds, last }, () =>
    last === undefined ? 'no round came to its end' : describeReconciliation(last),
  );
  return stop.exitCode() ?? exitCodes.done;
}
