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
import { type HttpOptions, startHttpServer } from '../http/http-server.js';
import type { FailedRequest } from '../http/request-listeners.js';
import { noStateFile, openStateFile, type StateFile } from './state-file.js';

const description = {
  title: 'Fake payment provider',
  description: 'Charges nobody, keeps a ledger, and fails as it is told to.',
};

/** Settings of {@link startGatewayServer}. */
export interface GatewayServerOptions extends Omit<HttpOptions, 'corsOrigins'> {
  /**
   * 0, the default: a request is answered with its end at once. More: it is answered `pending`, and a callback tells
   * the end after this time.
   */
  callbackDelayMs?: number | undefined;
  /** The URL for callbacks when a request names none. Without any URL, the end is told only when it is asked for. */
  callbackUrl?: string | undefined;
  /**
   * Origins that the URL of a request may have, e.g. `http://127.0.0.1:8081`, beside that of `callbackUrl`. Requests
   * with any other URL are refused, so that the provider sends nothing to addresses inside of its network.
   */
  callbackOrigins?: readonly string[] | undefined;
  /** The bearer token for `/admin/stats` and `/admin/faults`. Default: nobody is let in there. */
  adminKey?: string | undefined;
  /** Signs callbacks. Needed when `callbackDelayMs` is more than 0. */
  secret?: CallbackSecret | undefined;
  faults?: Partial<GatewayFaults> | undefined;
  /** Seed of the random faults. Default: a new one each time. */
  seed?: number | undefined;
  /** Keeps payments and open callbacks over a restart, for one server at a time. Default: nothing is kept. */
  stateFile?: string | undefined;
  /** `request`: undefined for errors of callbacks. */
  onError?: ((error: unknown, request?: FailedRequest) => void) | undefined;
}

/** A running fake payment provider. */
export interface GatewayServer extends AsyncDisposable {
  readonly url: string;
  readonly port: number;
  readonly seed: number;
  stats(): GatewayStats;
  /** The money taken and given back for every reservation that it heard of. */
  ledger(): LedgerLine[];
  /** Changes some of the faults. @throws `BAD_OPTION` when a name or value is wrong. */
  changeFaults(changes: Partial<GatewayFaults>): GatewayFaults;
  /** Answers the requests under way. Callbacks that are still to be made stay in the state file. */
  stop(): Promise<void>;
}

/**
 * Starts a fake payment provider, for use without a real one. It charges nobody, and fails as it is told to.
 *
 * @throws `BAD_OPTION` or `BAD_URL` when an option is wrong, or it may not listen there.
 * @example
 * const provider = await startGatewayServer({ faults: { lostAnswerRate: 0.05 }, seed: 1 });
 * const gateway = createHttpGateway({ url: provider.url });
 */
export async function startGatewayServer(options: GatewayServerOptions = {}): Promise<GatewayServer> {
  const { seed = randomInt(2 ** 31), onError = () => {} } = options;
  checkOptions(options);
  const faults = planFaults(seed, options.faults);
  const { entries, stateFile } = await openState(options.stateFile);
  const stopping = new AbortController();
  const parts = assemble(options, { faults, entries, stateFile, stopping: stopping.signal });
  const plugins = [gatewayRoutes(parts)];
  const server = await startHttpServer({ ...options, onError, plugins, description }).catch(async (error: unknown) => {
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
  const stopOnce = (): Promise<void> => (stopped ??= stop());
  return {
    url: server.url,
    port: server.port,
    seed,
    stats: () => ({ ...parts.stats }),
    ledger: () => [...ledgerOf(parts.book)],
    changeFaults: (changes) => faults.change(changes),
    stop: stopOnce,
    [Symbol.asyncDispose]: stopOnce,
  };
}

function checkOptions({ callbackDelayMs = 0, callbackUrl, callbackOrigins = [], secret }: GatewayServerOptions): void {
  for (const url of [callbackUrl, ...callbackOrigins]) if (url !== undefined) checkCallbackUrl(url);
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

/** Callbacks may go to the origins that were named at the start. */
function toldBy({ callbackUrl, callbackOrigins = [] }: GatewayServerOptions): (url: string) => boolean {
  const origins = new Set(
    [callbackUrl, ...callbackOrigins].filter((url) => url !== undefined).map((url) => new URL(url).origin),
  );
  return (url) => {
    if (!URL.canParse(url)) return false;
    const { origin, username, password } = new URL(url);
    return origins.has(origin) && username === '' && password === '';
  };
}

interface State {
  entries: readonly BookedPayment[];
  stateFile: StateFile<BookedPayment>;
}

async function openState(file: string | undefined): Promise<State> {
  return file === undefined ? { entries: [], stateFile: noStateFile } : openStateFile(file, bookFile);
}

function assemble(
  options: GatewayServerOptions,
  { faults, entries, stateFile, stopping }: State & Pick<GatewayParts, 'faults' | 'stopping'>,
): GatewayParts {
  const { callbackDelayMs: delayMs = 0, callbackUrl, secret = '', adminKey, onError = () => {} } = options;
  const isTold = toldBy(options);
  const flush = () => stateFile.flush();
  const stats = emptyStats();
  const onChange = (payment: BookedPayment) => stateFile.append(payment);
  const book = new GatewayBook({ faults, isPatient: delayMs > 0, onChange }, entries);
  const shared = { book, faults, stats, flush, stopping, isTold, onError };
  const settlement = new Settlement({ ...shared, delayMs, callbackUrl, secret });
  return { ...shared, settlement, adminKey };
}
