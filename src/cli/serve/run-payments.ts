import type { Database } from '../../database/index.js';
import { TablepickError } from '../../errors.js';
import {
  type PaymentGateway,
  createHttpGateway,
  keepSettling,
  paymentGroup,
  startPayments,
} from '../../payments/index.js';
import { startPaymentServer } from '../../servers/index.js';
import {
  type MessagingContext,
  RELAY_WORKERS,
  type RunningService,
  countRequests,
  watchConsumer,
  watchRelay,
} from './service-context.js';

/** Runs the payment service. `servedGateway` is the URL of the provider in this process, if there is one. */
export async function runPayments(
  shared: MessagingContext,
  payments: Database,
  servedGateway: string | undefined,
): Promise<RunningService> {
  const { transport, options, context, closing } = shared;
  const secret = needSecret(shared.secret);
  const { host, paymentPort: port } = options;
  const onError = (error: unknown): void => context.output.complain(`payment: ${String(error)}`);
  const gateway = openGateway(shared, options.gatewayUrl ?? process.env.TABLEPICK_GATEWAY_URL ?? servedGateway);
  const consumer = { onEvent: watchConsumer(shared, paymentGroup) };
  const relay = { onEvent: watchRelay(shared, 'payment'), workers: RELAY_WORKERS };
  const service = await startPayments({ database: payments, transport, gateway, consumer, relay });
  closing.onClose(() => service.stop());
  const settling = keepSettling({ database: payments, gateway, onError });
  closing.onClose(() => settling.stop());
  const server = await startPaymentServer({
    database: payments,
    secret,
    host,
    port,
    onError,
    onServed: countRequests(shared, 'payment'),
  });
  closing.onClose(() => server.stop());
  return { service: 'payment', url: server.url, about: `callbacks to ${server.url}/callbacks` };
}

function openGateway({ closing, metrics, context }: MessagingContext, url: string | undefined): PaymentGateway {
  if (url === undefined) {
    throw new TablepickError('BAD_OPTION', 'no payment provider is named', {
      hint: 'give --gateway-url, or serve the fake one, too: tablepick serve payment gateway',
    });
  }
  const gateway = createHttpGateway({
    url,
    onEvent: (event) => {
      if (event.kind === 'breaker-opened')
        return context.output.complain(`payment: provider left alone: ${event.error.message}`);
      if (event.kind === 'breaker-closed') return context.output.note('payment: the provider answers again');
      const outcome = event.kind === 'answered' ? event.outcome : 'failed';
      metrics.count('tablepick_gateway_calls_total', { call: event.call, outcome });
    },
  });
  closing.onClose(async () => gateway.close());
  return gateway;
}

function needSecret(secret: string | undefined): string {
  if (secret !== undefined) return secret;
  throw new TablepickError('BAD_OPTION', 'no secret is named by which callbacks are checked', {
    hint: "give the provider's secret in --callback-secret-file or TABLEPICK_CALLBACK_SECRET",
  });
}
