import { sleepUnlessAborted } from '../../abort/sleep-unless-aborted.js';
import { type RelayEvent, type Transport, isOutboxPending, startRelay } from '../../messaging/index.js';
import { notificationTopics } from '../../notifications/index.js';
import { sagaTopics } from '../../payments/index.js';
import type { CommandContext, OptionsOfCommand } from '../command.js';
import { exitCodes } from '../exit-codes.js';
import { formatCount, formatQuantity } from '../output/format.js';
import { type Service, type ServiceName, withServices } from '../connections/with-services.js';
import { withTransport } from '../connections/with-transport.js';
import type { outboxRelayCommand } from './outbox-relay-command.js';

type Options = OptionsOfCommand<typeof outboxRelayCommand>;

interface Tally {
  service: ServiceName;
  sent: number;
  refused: number;
  failures: number;
}

interface Job {
  context: CommandContext;
  services: Service[];
  transport: Transport;
  options: Options;
}

/**
 * Over the database, eight workers of each service may publish at once. Eight batches, looks and cleaning come on top.
 */
const POOL_SIZE = 28;

const LINE_EVERY_MS = 3000;
const LOOK_EVERY_MS = 100;

/** `tablepick outbox relay`: until a signal, or with `--once` until no message waits. */
export async function runOutboxRelay(context: CommandContext, options: Options): Promise<number> {
  // The database transport's tables are the reservation side's.
  const opened = options.service === 'payment' ? 'all' : options.service;
  const wanted = { ...options, ...(opened && { service: opened }), poolSize: POOL_SIZE, mustWrite: true };
  return withServices(context, wanted, async (all) => {
    const { database } = all[0]!;
    const services = options.service === 'payment' ? all.filter(({ service }) => service === 'payment') : all;
    return withTransport(context, { ...options, database }, async (transport) => {
      await transport.createTopics(wantedTopics());
      return relay({ context, services, transport, options });
    });
  });
}

/** The topics of the saga, and the topic for later attempts of notifications. */
function wantedTopics(): { topic: string; partitions: number }[] {
  return [...sagaTopics(), ...notificationTopics()];
}

async function relay(job: Job): Promise<number> {
  const { context, services, transport, options } = job;
  const tallies = services.map(({ service }): Tally => ({ service, sent: 0, refused: 0, failures: 0 }));
  context.stop.describe(() => 'finishing the batches in flight; press Ctrl-C again to abort');
  context.output.note(`sending over ${transport.name}${options.once ? '' : ', until Ctrl-C'}`);
  const relays = services.map(({ database }, i) =>
    startRelay({ database, transport, batchRows: options.batchRows, onEvent: note(context, tallies[i]!) }),
  );
  try {
    await untilEnd(job, tallies);
  } finally {
    await Promise.all(relays.map((each) => each.stop()));
  }
  context.output.result({ services: tallies }, () => tallies.map(describe));
  return context.stop.exitCode() ?? exitCodes.done;
}

function note({ output }: CommandContext, tally: Tally): (event: RelayEvent) => void {
  let told = { line: '', atMs: -Infinity };
  return (event) => {
    if (event.kind === 'sent') tally.sent += event.messages;
    else if (event.kind === 'refused') {
      tally.refused += 1;
      output.complain(`${tally.service}: ${event.id} is a dead letter: ${event.error.message}`);
    } else {
      tally.failures += 1;
      const line = `${tally.service}: ${event.error instanceof Error ? event.error.message : String(event.error)}`;
      if (line === told.line && performance.now() - told.atMs < LINE_EVERY_MS) return;
      told = { line, atMs: performance.now() };
      output.complain(`${line}; tried again`);
    }
  };
}

/** Waits until a signal, or with `--once` until every outbox is empty. Prints the progress now and then. */
async function untilEnd({ context, services, options }: Job, tallies: readonly Tally[]): Promise<void> {
  const { signal } = context.stop;
  let said = '';
  let saidAtMs = performance.now();
  while (!signal.aborted) {
    if (options.once && !(await isAnyPending(services))) return;
    await sleepUnlessAborted(LOOK_EVERY_MS, signal);
    const line = tallies.map(describe).join('; ');
    if (performance.now() - saidAtMs < LINE_EVERY_MS || line === said) continue;
    context.output.note(line);
    [said, saidAtMs] = [line, performance.now()];
  }
}

async function isAnyPending(services: readonly Service[]): Promise<boolean> {
  const pending = await Promise.all(services.map(({ database }) => isOutboxPending(database)));
  return pending.includes(true);
}

function describe({ service, sent, refused }: Tally): string {
  const refusals = refused > 0 ? `, ${formatCount(refused)} refused` : '';
  return `${service}: ${formatQuantity(sent, 'message')} sent${refusals}`;
}
