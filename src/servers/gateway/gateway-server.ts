import { randomInt } from 'node:crypto';

import { checkInteger, LONGEST_TIMER_MS } from '../../check-option.js';
import { TablepickError } from '../../errors.js';
import { signCallback, type CallbackSecret } from '../../payments/callbacks/callback-signature.js';
import { GatewayBook, bookFile, type BookedPayment, type LedgerLine } from './gateway-book.js';
import { planFaults, type GatewayFaults } from './gateway-faults.js';
import { checkCallbackUrl } from './gateway-orders.js';
import { gatewayRoutes, ledgerOf, type GatewayParts } from './gateway-routes.js';
import { Settlement } from './gateway-settlement.js';
import { emptyStats, type GatewayStats } from './gateway-stats.js';
import { startHttpServer } from '../http-server.js';
import { noStateFile, openStateFile, type StateFile } from './state-file.js';

/** Settings of {@link startGatewayServer}. */
export interface GatewayServerOptions {
  /** Default `127.0.0.1`. */
  host?: string | undefined;
  /** Default 0: a free one. */
  port?: number | undefined;
  /**
   * 0, the default: ends are answered at once. More: `pending` is answered, and the end told this much later by a
   * callback.
   */
  callbackDelayMs?: number | undefined;
  /** Where callbacks go that a request names no URL for. Without either the end is told only to those who ask. */
  callbackUrl?: string | undefined;
  /** Signs callbacks; needed where `callbackDelayMs` is more than 0. */
  secret?: CallbackSecret | undefined;
  faults?: Partial<GatewayFaults> | undefined;
  /** Of what chance does. Default: a new one each time. */
  seed?: number | undefined;
  /** Keeps payments, and callbacks still to be made, over a restart; one server at a time. Default: nothing is kept. */
  stateFile?: string | undefined;
  onError?: ((error: unknown) => void) | undefined;
}

/** A fake payment provider that runs. */
export interface GatewayServer {
  readonly url: string;
  readonly port: number;
  readonly seed: number;
  stats(): GatewayStats;
  /** What was really taken and given back, of every reservation it heard of. */
  ledger(): LedgerLine[];
  /** Changes some of the faults. @throws `BAD_OPTION` when a name or value is wrong. */
  changeFaults(changes: Partial<GatewayFaults>): GatewayFaults;
  /** Answers what is under way; callbacks still to be made stay in the state file. */
  stop(): Promise<void>;
}

/**
 * Starts a fake payment provider, for whoever has no real one at hand: it charges nobody, and fails as it is told to.
 * Who can reach it can also change its faults.
 *
 * @throws `BAD_OPTION` or `BAD_URL` when an option is wrong, or it may not listen there.
 * @example
 * const provider = await startGatewayServer({ faults: { lostAnswerRate: 0.05 }, seed: 1 });
 * const gateway = createHttpGateway({ url: provider.url });
 */
export async function startGatewayServer(options: GatewayServerOptions = {}): Promise<GatewayServer> {
  const { seed = randomInt(2 ** 31), host, port, onError = () => {} } = options;
  checkOptions(options);
  const faults = planFaults(seed, options.faults);
  const { entries, stateFile } = await openState(options.stateFile);
  const stopping = new AbortController();
  const parts = assemble(options, { faults, entries, stateFile, stopping: stopping.signal });
  const routes = gatewayRoutes(parts);
  const server = await startHttpServer({ host, port, onError, routes }).catch(async (error: unknown) => {
    await stateFile.close();
    throw error;
  });
  parts.settlement.resume(parts.book.all());
  const stop = async () => {
    await server.stop();
    stopping.abort();
    await parts.settlement.stop();
    await stateFile.close();
  };
  let stopped: Promise<void> | undefined;
  return {
    url: server.url,
    port: server.port,
    seed,
    stats: () => ({ ...parts.stats }),
    ledger: () => [...ledgerOf(parts.book)],
    changeFaults: (changes) => faults.change(changes),
    stop: () => (stopped ??= stop()),
  };
}

function checkOptions({ callbackDelayMs = 0, callbackUrl, secret }: GatewayServerOptions): void {
  checkCallbackUrl(callbackUrl);
  checkInteger('callbackDelayMs', callbackDelayMs, {
    min: 0,
    max: LONGEST_TIMER_MS,
    message: `callbackDelayMs is ${callbackDelayMs}, but must be whole milliseconds`,
  });
  if (secret !== undefined) signCallback('', secret, new Date());
  else if (callbackDelayMs > 0) {
    throw new TablepickError('BAD_OPTION', 'callbacks need a secret that signs them', {
      hint: 'name one, and the same where the callbacks arrive',
    });
  }
}

interface State {
  entries: readonly BookedPayment[];
  stateFile: StateFile<BookedPayment>;
}

async function openState(file: string | undefined): Promise<State> {
  return file === undefined ? { entries: [], stateFile: noStateFile } : openStateFile(file, bookFile);
}

function assemble(
  { callbackDelayMs: delayMs = 0, callbackUrl, secret = '', onError = () => {} }: GatewayServerOptions,
  { faults, entries, stateFile, stopping }: State & Pick<GatewayParts, 'faults' | 'stopping'>,
): GatewayParts {
  const flush = () => stateFile.flush();
  const stats = emptyStats();
  const onChange = (payment: BookedPayment) => stateFile.append(payment);
  const book = new GatewayBook({ faults, isPatient: delayMs > 0, onChange }, entries);
  const shared = { book, faults, stats, flush, stopping };
  return { ...shared, settlement: new Settlement({ ...shared, delayMs, callbackUrl, secret, onError }) };
}
