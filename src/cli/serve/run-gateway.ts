import { TablepickError } from '../../errors.js';
import { isLoopback } from '../../servers/http/request-guard.js';
import { type FailedRequest, startGatewayServer } from '../../servers/index.js';
import { readSecretFile } from '../secrets/read-secret-file.js';
import { describeHttpError } from './describe-error.js';
import type { ServiceContext, RunningService } from './service-context.js';

/** The default of the callback delay. */
const CALLBACK_DELAY_MS = 500;

/** Runs the fake payment provider. `callbackUrl` leads to the payment service of this process, if there is one. */
export async function runGateway(
  shared: ServiceContext,
  callbackUrl: string | undefined,
): Promise<RunningService & { url: string }> {
  const { options, context, closing, secret, access } = shared;
  const { gatewayPort: port, seed, stateFile, callbackOrigins } = options;
  refuseOpenAddress(shared);
  const { callbackDelay = secret === undefined ? 0 : CALLBACK_DELAY_MS } = options;
  if (callbackDelay > 0 && secret === undefined) {
    throw new TablepickError('BAD_OPTION', 'no secret is named that signs callbacks', {
      hint: 'give --callback-secret-file, the same to the payment service; or serve both in one process',
    });
  }
  const server = await startGatewayServer({
    host: access.host,
    insecure: access.insecure,
    allowedHosts: access.allowedHosts,
    port,
    seed,
    stateFile,
    secret,
    callbackDelayMs: callbackDelay,
    callbackUrl: options.callbackUrl ?? callbackUrl,
    callbackOrigins,
    adminKey: await readAdminKey(shared),
    faults: faultsOf(shared),
    onError: (error: unknown, request?: FailedRequest) =>
      context.output.complain(describeHttpError('gateway', error, request)),
  });
  closing.onClose(() => server.stop());
  return {
    service: 'gateway',
    url: server.url,
    about: `a fake provider, seed ${server.seed}; what it took: GET ${server.url}/ledger`,
  };
}

/** A check of tokens does not help, because the provider has none. */
function refuseOpenAddress({ access: { host = '127.0.0.1', insecure } }: ServiceContext): void {
  if (isLoopback(host) || insecure === true) return;
  throw new TablepickError(
    'BAD_OPTION',
    `${host} is reached from other machines, but the gateway asks nobody for tokens`,
    {
      hint: 'serve the gateway, a fake provider, in a process of its own on loopback; or let everybody in: --insecure',
    },
  );
}

async function readAdminKey({ context, options }: ServiceContext): Promise<string | undefined> {
  const { gatewayAdminKeyFile: path } = options;
  if (path === undefined) return process.env.TABLEPICK_GATEWAY_ADMIN_KEY;
  return readSecretFile({ option: '--gateway-admin-key-file', path, signal: context.stop.signal });
}

function faultsOf({ options }: ServiceContext): NonNullable<Parameters<typeof startGatewayServer>[0]>['faults'] {
  const { latency = 0, jitter = 0, downEvery = 0, downFor = 5000 } = options;
  const { failRate, lostAnswerRate, errorRate, refuseRefundRate, lostCallbackRate, duplicateCallbackRate } = options;
  return {
    latencyMs: latency,
    jitterMs: jitter,
    downEveryMs: downEvery,
    downForMs: downEvery === 0 ? 0 : downFor,
    failRate,
    lostAnswerRate,
    errorRate,
    refuseRefundRate,
    lostCallbackRate,
    duplicateCallbackRate,
  };
}
